"""Texts to AST and back. Knows nothing of execution."""

from mermaid_flow.syntax.parse import parse, parse_all_problems

__all__ = ["parse", "parse_all_problems"]
