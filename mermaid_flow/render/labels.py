"""Texts as labels in Mermaid that we write ourselves."""

from __future__ import annotations

from mermaid_flow.render.escaping import one_line, shortened


def quoted_label(text: str, most: int = 80) -> str:
    """The text as it stands between the quotes of a label: whatever means something to Mermaid or HTML as an entity."""
    line = shortened(one_line(text), most)
    return "".join(found if found.isalnum() or found in " -_.,:?()…" else f"#{ord(found)};" for found in line)
