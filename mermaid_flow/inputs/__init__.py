"""Vars, decisions and expressions: what people write beside the diagram."""
