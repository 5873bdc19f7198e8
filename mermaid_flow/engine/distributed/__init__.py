"""Runs on many machines: the record in Postgres, visits in queues of DBOS, workers that take over from dead ones."""
