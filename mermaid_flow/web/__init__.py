"""The live page: runs in a browser on this machine, the report made live. Reads the record, and answers for people."""
