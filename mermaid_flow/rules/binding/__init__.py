"""Boxes that nothing does the work of."""
