"""Texts to AST and back. Knows nothing of execution."""
