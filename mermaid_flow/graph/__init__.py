"""AST to executable model."""

from mermaid_flow.graph.builder import build
from mermaid_flow.graph.settings import GraphSettings

__all__ = ["GraphSettings", "build"]
