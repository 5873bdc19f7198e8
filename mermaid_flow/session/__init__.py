"""Puts the parts together: a project, a diagram, vars and a target become a run."""
