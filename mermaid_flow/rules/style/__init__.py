"""Leftovers and matters of taste."""
