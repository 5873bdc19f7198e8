"""The local cloud's process: moto's server with corrections, a memory that survives restarts, and an end.

`python -m mermaid_flow.terraform.emulator` runs it; `mermaid_flow.terraform.local_cloud` starts, finds and stops it.
Nothing outside this package imports moto.
"""
