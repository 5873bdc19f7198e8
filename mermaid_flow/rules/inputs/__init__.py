"""Vars that do not fit the diagram."""
