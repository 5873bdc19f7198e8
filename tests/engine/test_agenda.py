from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.engine._agenda import Agenda, Turn
from tests.engine.running import graph_of

GRAPH = graph_of(
    """
    subgraph outer
      subgraph inner
        A
        B
      end
      C
    end
    D
    E
    """
)


def take(agenda: Agenda, due: str = "ABCDE") -> list[str]:
    return [turn.node for turn in agenda.starting(lambda turn: turn.node in due)]


def filled(nodes: str, parallel: int = 9, **limits: int) -> Agenda:
    agenda = Agenda(GRAPH, parallel, limits)
    for node in nodes:
        agenda.add(node, 1)
    return agenda


def test_turns_are_taken_in_source_order_while_there_is_room() -> None:
    agenda = filled("EDCBA", parallel=2)
    assert take(agenda) == ["A", "B"]
    assert take(agenda) == []
    agenda.release("A")
    assert take(agenda) == ["C"]


def test_a_turn_keeps_its_visit_and_attempt() -> None:
    agenda = Agenda(GRAPH, 1, {})
    agenda.add("D", 3, 2)
    (turn,) = agenda.starting(lambda _: True)
    assert turn == Turn(GRAPH.nodes["D"].order, "D", 3, 2)
    assert (turn.visit, turn.attempt) == (3, 2)


def test_a_full_subgraph_lets_others_pass() -> None:
    agenda = filled("ABCDE", inner=1)
    assert take(agenda) == ["A", "C", "D", "E"]
    agenda.release("A")
    assert take(agenda) == ["B"]


def test_a_node_needs_room_in_every_subgraph_around_it() -> None:
    agenda = filled("ABC", inner=2, outer=1)
    assert take(agenda) == ["A"]
    agenda.release("A")
    assert take(agenda) == ["B"]
    agenda.release("B")
    assert take(agenda) == ["C"]


def test_a_turn_that_has_become_void_takes_no_room_and_lets_the_next_one_go() -> None:
    agenda = filled("ABC", outer=1)
    assert take(agenda) == ["A"]
    agenda.release("A")
    assert take(agenda, due="C") == ["C"]


@given(
    st.permutations("ABCDE"),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 3),
    st.frozensets(st.sampled_from("ABCDE")),
)
def test_every_due_turn_comes_and_no_limit_is_ever_passed(
    order: list[str], parallel: int, inner: int, outer: int, void: frozenset[str]
) -> None:
    agenda = filled("".join(order), parallel, inner=inner, outer=outer)
    running: list[str] = []
    came: list[str] = []
    while True:
        started = take(agenda, due="".join(set("ABCDE") - void))
        running += started
        came += started
        assert len(running) <= parallel
        assert len(set(running) & set("AB")) <= inner
        assert len(set(running) & set("ABC")) <= outer
        if not running:
            break
        agenda.release(running.pop(0))
    assert sorted(came) == sorted(set("ABCDE") - void)
