"""A run as one HTML file that needs nothing else: no network, no server, scripts and styles allowed by their hash."""

from mermaid_flow.render.report.page import report

__all__ = ["report"]
