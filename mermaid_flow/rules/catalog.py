"""All rules there are, found by the files of this package."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil

from mermaid_flow import rules
from mermaid_flow.rules.rule import FAMILIES, Rule


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """One instance of every rule, by id."""
    found: dict[str, Rule] = {}
    for family in FAMILIES.values():
        package = importlib.import_module(f"{rules.__name__}.{family}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for _, cls in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(cls, Rule) and cls is not Rule and cls.__module__ == module.name:
                    found[cls.id] = cls()
    return tuple(found[name] for name in sorted(found))
