"""Readers of the run record: what people look at."""
