"""Nodes and edges that do not make sense together."""
