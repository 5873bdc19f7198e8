"""`python -m mermaid_flow` is the command `mflow`."""

from mermaid_flow.cli.main import main

if __name__ == "__main__":
    main()
