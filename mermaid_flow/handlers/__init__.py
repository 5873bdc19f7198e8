"""The interface between a diagram and the Python that does its work."""
