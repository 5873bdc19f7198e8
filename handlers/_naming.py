"""How the catalog names and tags what it makes.

The vars that say where a component belongs (`namespace`, `tenant`, `account`, `environment`, `stage`) become the prefix
of every name and a tag on every resource.
"""

from __future__ import annotations

import re

from mermaid_flow import Context

NAMING = ("namespace", "tenant", "environment", "stage")
TAGGING = ("namespace", "tenant", "account", "environment", "stage")

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def name_prefix(context: Context) -> str:
    """What names begin with: `acme-dev`, and the var `name` behind it where one is given.

    Letters, digits and hyphens only, which every AWS service takes; the diagram's name when no var says anything.
    """
    parts: list[str] = []
    for variable in (*NAMING, "name"):
        part = _UNSAFE.sub("-", context.vars.get(variable, str, "")).strip("-")
        if part and part not in parts:
            parts.append(part)
    return "-".join(parts) or context.run.diagram


def tags(context: Context) -> dict[str, str]:
    """Tags for everything: where it belongs, that mflow made it, and the var `tags`, which wins."""
    found = {variable.capitalize(): context.vars.get(variable, str, "") for variable in TAGGING}
    given = context.vars.get("tags", dict[str, object], {})
    return {
        "ManagedBy": "mermaid-flow",
        **{key: value for key, value in found.items() if value},
        **{key: _text(value) for key, value in given.items() if value is not None},
    }


def _text(value: object) -> str:
    # Tags are strings; YAML's true and 3 are meant as they are written.
    return str(value).lower() if isinstance(value, bool) else str(value)
