"""A run as one HTML file that needs nothing else: no network, no server, scripts and styles allowed by their hash.

The live page prints the same parts: they are templates of their own, and `page_of` gathers what they show.
"""

from mermaid_flow.render.report.page import (
    NestedPage,
    Page,
    Section,
    environment,
    page_of,
    report,
    section_of,
    source_hash,
    style,
)

__all__ = ["NestedPage", "Page", "Section", "environment", "page_of", "report", "section_of", "source_hash", "style"]
