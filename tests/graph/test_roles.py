"""Roles by shape and by what is registered."""

from __future__ import annotations

import pytest

from mermaid_flow.graph import build
from mermaid_flow.graph.model import Role
from mermaid_flow.graph.roles import role_of_shape
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart


@pytest.mark.parametrize(
    ("drawn", "role"),
    [
        ("A", Role.ACTION),
        ("A[text]", Role.ACTION),
        ("A(text)", Role.ACTION),
        ("A>text]", Role.ACTION),
        ("A(-text-)", Role.ACTION),
        ("A@{shape: doc}", Role.ACTION),
        ("A{text}", Role.DECISION),
        ("A@{shape: decision}", Role.DECISION),
        ("A([text])", Role.TERMINAL),
        ("A((text))", Role.TERMINAL),
        ("A(((text)))", Role.TERMINAL),
        ("A@{shape: start}", Role.TERMINAL),
        ("A@{shape: stop}", Role.TERMINAL),
        ("A[[text]]", Role.SUBWORKFLOW),
        ("A@{shape: subproc}", Role.SUBWORKFLOW),
        ("A[(text)]", Role.DATA_STORE),
        ("A[/text/]", Role.DATA),
        ("A[\\text\\]", Role.DATA),
        ("A{{text}}", Role.MANUAL),
        ("A[/text\\]", Role.MANUAL),
        ("A@{shape: manual}", Role.MANUAL),
        ("A@{shape: fork}", Role.JUNCTION),
        ("A@{shape: join}", Role.JUNCTION),
        ("A@{shape: f-circ}", Role.JUNCTION),
        ("A@{shape: delay}", Role.TIMER),
        ("A@{shape: comment}", Role.NOTE),
        ("A@{shape: brace-r}", Role.NOTE),
        ("A@{shape: text}", Role.NOTE),
    ],
)
def test_the_shape_gives_the_role(drawn: str, role: Role) -> None:
    assert _build(drawn)["A"] is role


def test_any_name_of_a_shape_will_do() -> None:
    assert role_of_shape("diam") is role_of_shape("question") is Role.DECISION
    assert role_of_shape("unheard-of") is Role.ACTION


def test_what_is_registered_beats_the_shape() -> None:
    def bound(node: str, label: str) -> Role | None:
        return {("A", "Approve"): Role.ACTION, ("B", "Note"): Role.ACTION}.get((node, label))

    diagram = parse("flowchart TD\nA{{Approve}} --> B@{shape: comment, label: Note} --> C{Which?}")
    assert isinstance(diagram, Flowchart)
    graph = build(diagram, "test", bound=bound)
    assert [node.role for node in graph.nodes.values()] == [Role.ACTION, Role.ACTION, Role.DECISION]
    assert len(graph.outgoing["A"]) == 1


def _build(text: str) -> dict[str, Role]:
    diagram = parse(f"flowchart TD\n{text}")
    assert isinstance(diagram, Flowchart)
    return {node.id: node.role for node in build(diagram, "test").nodes.values()}
