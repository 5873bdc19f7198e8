"""`python -m mermaid_flow.terraform.emulator`: one emulated AWS on a loopback port."""

from mermaid_flow.terraform.emulator.process import main

main()
