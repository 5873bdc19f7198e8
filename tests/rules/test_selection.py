"""Findings are chosen by id, beginning, name, family, and waved through by comments."""

from __future__ import annotations

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.rules.catalog import all_rules
from mermaid_flow.rules.selection import read_selection
from mermaid_flow.rules.validate import validate_source
from mermaid_flow.syntax.source import Source

TEXT = "graph TD\n    A{x} -->|Yes| B[y]\n    C{z} -->|Yes| B"


def found(text: str = TEXT, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> list[str]:
    selection = read_selection(select, ignore, all_rules())
    return [diagnostic.rule for diagnostic in validate_source(Source(text), selection=selection)]


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ((), (), ["MF603", "MF301", "MF301"]),
        (("MF3",), (), ["MF301", "MF301"]),
        (("style",), (), ["MF603"]),
        ((), ("single-branch",), ["MF603"]),
        (("MF301,MF603",), ("flow",), ["MF603"]),
    ],
)
def test_rules_are_selected(select: tuple[str, ...], ignore: tuple[str, ...], expected: list[str]) -> None:
    assert found(select=select, ignore=ignore) == expected


def test_a_selector_that_selects_nothing_is_a_mistake() -> None:
    with pytest.raises(MflowError) as raised:
        read_selection(["singel-branch"], [], all_rules())
    assert raised.value.hint == "did you mean 'single-branch'?"
    with pytest.raises(MflowError, match="MF999"):
        read_selection([], ["MF999"], all_rules())


def test_a_comment_waves_the_next_line_through() -> None:
    text = TEXT.replace("    C{z}", "    %% mflow: ignore MF301\n    C{z}")
    assert found(text) == ["MF603", "MF301"]


def test_a_comment_waves_the_whole_diagram_through() -> None:
    assert found(TEXT + "\n%% mflow: ignore-all MF301, old-header") == []
