"""Loads the grammars.

To build a parser from a `.lark` file takes longer than to read most diagrams with it, so the user's cache keeps it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import lark
from lark.lexer import Lexer


def load_grammar(name: str, lexer: type[Lexer], **options: Any) -> lark.Lark:
    """The LALR parser of the grammar `<name>.lark` beside this module."""
    text = Path(__file__).with_name(f"{name}.lark").read_text("utf-8")
    cache = _cache_file(name)
    return lark.Lark(
        text, parser="lalr", lexer=lexer, maybe_placeholders=False, cache=str(cache or "") or False, **options
    )


def _cache_file(name: str) -> Path | None:
    """Where the parser is kept, if there is a place that only this user can write to: what is there gets unpickled.

    lark compares the file with the grammar and with its own and Python's version, and replaces it when they differ.
    """
    try:
        folder = _cache_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except (OSError, RuntimeError):
        return None
    if hasattr(os, "getuid") and (state.st_uid != os.getuid() or state.st_mode & 0o022):
        return None
    return folder / f"{name}-{lark.__version__}-py{sys.version_info[0]}{sys.version_info[1]}.grammar"


def _cache_folder() -> Path:
    override = os.environ.get("MFLOW_CACHE")
    if override:
        return Path(override).expanduser()
    import platformdirs  # noqa: PLC0415 - only needed here

    return platformdirs.user_cache_path("mflow")
