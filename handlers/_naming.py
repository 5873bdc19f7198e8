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
    return _joined(context, (*NAMING, "name")) or context.run.diagram


def qualified(context: Context, name: str) -> str:
    """A name that the vars give to one thing, made unique in the account: `acme-dev-orders` for `orders`.

    A name that begins so already stays as it is.
    """
    prefix = _joined(context, NAMING)
    return name if not prefix or name == prefix or name.startswith(f"{prefix}-") else f"{prefix}-{name}"


def _joined(context: Context, variables: tuple[str, ...]) -> str:
    parts: list[str] = []
    for variable in variables:
        part = _UNSAFE.sub("-", context.vars.get(variable, str, "")).strip("-")
        if part and part not in parts:
            parts.append(part)
    return "-".join(parts)


def tags(context: Context) -> dict[str, str]:
    """Tags for everything: where it belongs, that mflow made it, and the var `tags`, which wins."""
    found = {variable.capitalize(): context.vars.get(variable, str, "") for variable in TAGGING}
    given = context.vars.get("tags", dict[str, object], {})
    return {
        "ManagedBy": "mermaid-flow",
        **{key: value for key, value in found.items() if value},
        **{key: text(value) for key, value in given.items() if value is not None},
    }


def text(value: object) -> str:
    """A value of YAML where AWS takes only strings: true and 3 are meant as they are written."""
    return str(value).lower() if isinstance(value, bool) else str(value)
