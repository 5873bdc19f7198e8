"""Variables that nothing reads: mostly a name that is a little wrong, and then silently without effect.

What pure handlers, decisions and expressions read is seen when the diagram is walked. A handler with effects is not
called before the run, so every string in the project's handlers counts as a name that may be read.
"""

from __future__ import annotations

import ast
import functools
import threading
from collections.abc import Collection
from pathlib import Path

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.inputs.variables import Variables


def unread_variables(variables: Variables, readable: Collection[str]) -> list[MflowError]:
    """A warning for each top-level variable that is neither read nor in `readable`, with the closest name that is."""
    known = {*readable, *(_top(path) for path in variables.used())}
    warnings: list[MflowError] = []
    for path in variables.unused():
        name = _top(path)
        if name not in known:
            hint = did_you_mean(name, known)
            where = variables.where(name)
            warnings.append(
                MflowError(f"nothing reads the variable {name!r}", code="inputs.unread", hint=hint, where=where)
            )
    return warnings


def readable_names(handlers: Path) -> frozenset[str]:
    """Every string constant in the project's handlers that could be a variable's name."""
    files = sorted(handlers.rglob("*.py")) if handlers.is_dir() else []
    return frozenset().union(*(_words(file, file.stat().st_mtime_ns) for file in files))


@functools.lru_cache(maxsize=256)
def _words(file: Path, _modified: int) -> frozenset[str]:
    texts = (_top(constant) for constant in string_constants(file.read_text(encoding="utf-8")))
    return frozenset(text for text in texts if text.isidentifier())


_PARSING = threading.Lock()


def string_constants(source: str) -> list[str]:
    """All strings in a Python source. Raises SyntaxError."""
    # CPython 3.11 counts the depth of trees for all threads together and trips over two at once.
    with _PARSING:
        tree = ast.parse(source)
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [constant for constant in constants if isinstance(constant, str)]


def _top(path: str) -> str:
    return path.partition(".")[0]
