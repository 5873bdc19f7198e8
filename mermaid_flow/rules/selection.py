"""Which findings are shown: `--select`, `--ignore`, mflow.yaml, and comments in the diagram.

A selector is an id (`MF304`), the beginning of one (`MF3`), a name (`dead-end`) or a family (`flow`). The comment
`%% mflow: ignore MF304` stands alone on a line: above the line that it is about, or anywhere with `ignore-all`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mermaid_flow.errors import MflowError, did_you_mean
from mermaid_flow.rules.rule import FAMILIES, Diagnostic, Rule
from mermaid_flow.syntax.source import Source

_COMMENT = re.compile(r"^\s*%%\s*mflow:\s*(ignore(?:-all)?)\s+(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Selection:
    """Selectors of rules. An empty `select` selects all."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, rule: Rule) -> bool:
        """Whether the rule is checked at all."""
        chosen = not self.select or any(_matches(selector, rule.id, rule.name) for selector in self.select)
        return chosen and not any(_matches(selector, rule.id, rule.name) for selector in self.ignore)


def read_selection(select: Iterable[str], ignore: Iterable[str], rules: Sequence[Rule]) -> Selection:
    """Check selectors, separated by commas or given one by one. Raises MflowError for one that selects nothing."""
    parts = [
        [text.strip() for entry in given for text in entry.split(",") if text.strip()] for given in (select, ignore)
    ]
    known = [*(rule.id for rule in rules), *(rule.name for rule in rules), *FAMILIES.values()]
    for selector in (*parts[0], *parts[1]):
        if not any(_matches(selector, rule.id, rule.name) for rule in rules):
            hint = did_you_mean(selector, known) or "see docs/rules.md"
            raise MflowError(f"there is no rule {selector!r}", code="validate.selector", hint=hint)
    return Selection(tuple(parts[0]), tuple(parts[1]))


def without_ignored(source: Source, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings that no comment of the diagram waves through."""
    if not found:
        return []
    everywhere: list[str] = []
    by_line: dict[int, list[str]] = {}
    for comment in _COMMENT.finditer(source.text):
        selectors = re.split(r"[\s,]+", comment[2])
        if comment[1] == "ignore-all":
            everywhere += selectors
        else:
            line, _ = source.position(comment.end())
            by_line.setdefault(line + 1, []).extend(selectors)
    return [
        diagnostic
        for diagnostic in found
        if not any(
            _matches(selector, diagnostic.rule, diagnostic.name)
            for selector in (*everywhere, *by_line.get(diagnostic.where.line if diagnostic.where else 0, ()))
        )
    ]


def _matches(selector: str, rule: str, name: str) -> bool:
    return rule.startswith(selector) if selector[:2] == "MF" else selector in (name, FAMILIES[rule[2]])
