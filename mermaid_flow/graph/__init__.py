"""AST to executable model."""
