"""Writes docs/rules.md from the rules themselves: `python -m tools.rules_page`, with `--check` for CI."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from mermaid_flow.rules.catalog import all_rules
from mermaid_flow.rules.rule import Rule

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
HEAD = """# Validation rules

What `mflow validate` looks for. This page is generated from the rules (`python -m tools.rules_page`); its examples are the fixtures of
their tests.

Choose rules with `--select` and `--ignore` (an id, the beginning of one such as `MF3`, a name, a family), in `mflow.yaml`
(`validate: {ignore: [MF603]}`), or in a diagram: `%% mflow: ignore MF304` above a line, `%% mflow: ignore-all MF304` for the whole
diagram. Findings of severity *info* do not change the exit code. `MF100` stands for files that cannot be read at all.
"""


def main() -> int:
    """Write the page, or with --check say whether it is fresh."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if not fresh:
        sys.stderr.write("docs/rules.md is stale: run python -m tools.rules_page\n")
    return 0 if fresh else 1


def page() -> str:
    """The whole page."""
    sections = [HEAD, _table()]
    for family, rules in groupby(all_rules(), lambda rule: rule.family()):
        sections.append(f"## {family.capitalize()}\n")
        sections.extend(_section(rule) for rule in rules)
    return "\n".join(sections)


def _table() -> str:
    rows = [
        f"| [{rule.id}](#{rule.id.lower()}-{rule.name}) | {rule.name} | {rule.severity.value} | {rule.summary} |"
        for rule in all_rules()
    ]
    return "\n".join(["| id | name | severity | finds |", "|---|---|---|---|", *rows, ""])


def _section(rule: Rule) -> str:
    parts = [f"### {rule.id} {rule.name}\n", f"*{rule.severity.value}.* {rule.summary} {rule.why}\n"]
    if rule.needs == "project":
        parts.append("Looks at diagrams in the diagrams folder of a project with handlers.\n")
    elif rule.needs == "vars":
        parts.append("Looks at the vars given with `--vars` and `--set`.\n")
    else:
        parts.append(f"Bad:\n\n```text\n{rule.bad}\n```\n\nGood:\n\n```text\n{rule.good}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
