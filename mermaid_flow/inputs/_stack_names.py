"""What `atmos.yaml` says about stacks: which files are stacks, and how stacks are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.inputs.documents import read_text
from mermaid_flow.inputs.paths import lookup
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.inputs.yaml_reader import load_yaml

_TOKEN = re.compile(r"\{(\w+)\}")
_TEMPLATE_VAR = re.compile(r"\{\{-?\s*\.vars\.(\w+)\s*-?\}\}")


@dataclass(frozen=True, slots=True)
class StackSettings:
    """`stacks:` of `atmos.yaml`. Paths are globs; `pattern` names a stack by its vars: `{tenant}-{stage}`."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    pattern: str | None = None


def read_settings(base: Path) -> StackSettings:
    """The settings in the `atmos.yaml` beside or in the stacks folder; empty ones when there is none."""
    file = next((path for path in (base.parent / "atmos.yaml", base / "atmos.yaml") if path.is_file()), None)
    if file is None:
        return StackSettings()
    document = load_yaml(read_text(file), str(file), unknown_tag=lambda *_: None)
    settings = lookup(document.value, ("stacks",), None)
    if not isinstance(settings, Mapping):
        return StackSettings()
    pattern = settings.get("name_pattern") or settings.get("name_template")
    return StackSettings(
        _texts(settings.get("included_paths")), _texts(settings.get("excluded_paths")), _tokens(pattern)
    )


def name_by_pattern(pattern: str | None, stack_vars: Variables) -> str | None:
    """A stack's name; None without a pattern and when a var that it takes is missing."""
    tokens = _TOKEN.findall(pattern or "")
    values = {token: stack_vars.get(token) for token in tokens}
    if not pattern or not values or not all(isinstance(value, str | int) for value in values.values()):
        return None
    return _TOKEN.sub(lambda match: str(values[match[1]]), pattern)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _tokens(pattern: object) -> str | None:
    """A name pattern; a Go template is one when it does no more than put in vars."""
    text = _TEMPLATE_VAR.sub(r"{\1}", pattern) if isinstance(pattern, str) else "{{"
    return None if "{{" in text else text
