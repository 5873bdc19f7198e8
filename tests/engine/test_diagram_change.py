from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.engine.diagram_change import take_over, translated
from mermaid_flow.engine.events import EventType, RunStatus
from mermaid_flow.engine.folder import RunFolder, digest
from mermaid_flow.engine.options import Options
from mermaid_flow.errors import Problems
from mermaid_flow.graph import build
from mermaid_flow.graph.model import Role
from tests.engine.running import FakeWorker, Play, fails, graph_of, statuses


def change(play: Play, text: str) -> Play:
    graph = graph_of(text)
    return Play(play.runs, graph, take_over(play.folder, play.graph, graph))


def problems(play: Play, text: str) -> list[tuple[str, int | None]]:
    before = play.events()
    with pytest.raises(Problems) as caught:
        change(play, text)
    assert play.events() == before
    return [(problem.message, problem.where.line if problem.where else None) for problem in caught.value.problems]


def failed(tmp_path: Path, text: str, node: str, **answers: str) -> Play:
    play = Play.of(tmp_path, text)
    assert play.run(FakeWorker({node: fails()}, answers)).status is RunStatus.FAILED
    return play


def test_an_unchanged_diagram_changes_nothing(tmp_path: Path) -> None:
    play = failed(tmp_path, "A --> B", "B")
    before = play.events()
    assert take_over(play.folder, play.graph, play.graph) == play.folder
    assert play.events() == before


def test_a_node_that_has_another_role_by_now_is_a_change(tmp_path: Path) -> None:
    play = failed(tmp_path, "A --> B --> C", "B")
    diagram = play.graph.diagram
    manual = build(diagram, "test", bound=lambda node, _: Role.MANUAL if node == "B" else None)
    folder = take_over(play.folder, play.graph, manual)
    assert folder.metadata.graph.roles == {"B": "manual"}
    again = Play(tmp_path, manual, folder)
    assert again.run(FakeWorker(), Options(wait=False, poll=0.02)).status is RunStatus.WAITING
    finished = build(diagram, "test", bound=lambda node, _: Role.MANUAL if node in "AB" else None)
    with pytest.raises(Problems):
        take_over(folder, manual, finished)


def test_a_change_behind_the_finished_part_is_taken_over(tmp_path: Path) -> None:
    play = failed(tmp_path, "A --> B --> C", "B")
    changed = change(play, "A --> Fix[Repair] --> B[Better] --> D")
    worker = FakeWorker()
    record = changed.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["Fix", "B", "D"]
    assert statuses(record) == {"A": "succeeded", "Fix": "succeeded", "B": "succeeded", "D": "succeeded"}
    assert [(visit.number, visit.status) for visit in record.nodes["B"].visits] == [(1, "failed"), (2, "succeeded")]
    assert RunFolder.open(play.folder.path).source.text == changed.graph.diagram.source.text


def test_edges_keep_their_meaning_when_their_indexes_move(tmp_path: Path) -> None:
    play = failed(tmp_path, "Q{Q} -->|yes| A\nQ -->|no| B\nA & B --> C", "C", Q="yes")
    changed = change(play, "C --> D\nS2[New entry] --> D\nQ{Q} -->|no| B\nQ -->|yes| A\nA & B --> C")
    record = changed.record()
    assert statuses(record)["A"] == "succeeded"
    assert statuses(record)["B"] == "skipped"
    (decision,) = record.decisions
    assert record.graph is not None
    assert [record.graph.edges[index].label for index in decision.edges] == ["yes"]
    worker = FakeWorker()
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert sorted(worker.ran) == ["C", "D", "S2"]


def test_a_diagram_can_be_changed_again(tmp_path: Path) -> None:
    play = failed(tmp_path, "Q{Q} -->|yes| A\nQ -->|no| B\nA --> C", "C", Q="yes")
    play = change(play, "X --> C\nQ{Q} -->|yes| A\nQ -->|no| B\nA --> C")
    assert play.run(FakeWorker({"C": fails()})).status is RunStatus.FAILED
    play = change(play, "Q{Q} -->|no| B\nQ -->|yes| A\nA --> C[Third try]\nX --> C")
    worker = FakeWorker()
    record = play.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["C"]
    assert [visit.number for visit in record.nodes["C"].visits] == [1, 2, 3]


def test_an_open_node_can_go(tmp_path: Path) -> None:
    play = change(failed(tmp_path, "A --> B --> C", "B"), "A --> D")
    worker = FakeWorker()
    assert play.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["D"]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("A2 --> B", "A has run and is gone", 2),
        ("A[Other] --> B", "A has run as 'A' and is 'Other' now", 2),
        ("A{A} -->|x| B", "A has run as action and is decision now", 2),
        ("X --> A --> B", "A has run and has a new edge X to A", 2),
        ("B\nA\nX --> A", "A has run and has a new edge X to A", 4),
    ],
)
def test_a_change_inside_is_refused_with_its_place(tmp_path: Path, text: str, message: str, line: int) -> None:
    assert (message, line) in problems(failed(tmp_path, "A --> B", "B"), text)


def test_the_choices_of_an_answered_decision_are_fixed(tmp_path: Path) -> None:
    play = failed(tmp_path, "Q{Q} -->|yes| A\nQ -->|no| B\nA --> C", "C", Q="yes")
    assert problems(play, "Q{Q} -->|yes| A\nQ -->|maybe| B\nA --> C") == [
        ("Q has run and its edge Q to B (no) is gone", 2),
        ("Q has run and has a new edge Q to B (maybe)", 3),
        ("B has run and its edge Q to B (no) is gone", 3),
        ("B has run and has a new edge Q to B (maybe)", 3),
    ]


def test_all_changes_inside_are_named_at_once(tmp_path: Path) -> None:
    play = failed(tmp_path, "A --> B --> C --> D", "D")
    assert len(problems(play, "A[1] --> B[2] --> C[3] --> D")) == 3


def test_a_waiting_node_asks_again(tmp_path: Path) -> None:
    stops = Options(wait=False, poll=0.02)
    play = Play.of(tmp_path, "A --> M{{Go?}} --> B")
    play.run(FakeWorker(), stops)
    changed = change(play, "A --> M{{Sure?}} -->|left| B\nM -->|right| C")
    record = changed.run(FakeWorker(), stops)
    (visit,) = record.waiting
    assert (visit.number, visit.prompt, visit.choices) == (2, "Sure?", ("left", "right"))


def test_an_answered_manual_step_keeps_its_edges(tmp_path: Path) -> None:
    play = Play.of(tmp_path, "M{{Go?}} --> A --> B")
    play.run(FakeWorker({"B": fails()}), Options(auto_approve=True, poll=0.02))
    assert ("M has run and has a new edge M to C", 3) in problems(play, "M{{Go?}} --> A --> B\nM --> C")


def test_a_failed_node_that_a_weak_edge_ran_after_is_fixed(tmp_path: Path) -> None:
    play = failed(tmp_path, "A -.-> W --> B", "A")
    assert problems(play, "A[Other] -.-> W --> B") == [("A has run as 'A' and is 'Other' now", 2)]


def test_a_loop_in_which_something_ran_is_fixed_as_a_whole(tmp_path: Path) -> None:
    text = "A --> B --> Q{Q} -->|again| A\nQ -->|done| E"
    play = failed(tmp_path, text, "B")
    assert ("Q has run as 'Q' and is 'Other' now", 2) in problems(play, text.replace("{Q}", "{Other}"))
    changed = change(play, text.replace("E", "F"))
    worker = FakeWorker({"Q": lambda visit: "again" if visit.number < 4 else "done"})
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran[-1] == "F"


STAGES = "---\nmflow: {subgraphs: stages}\n---\nflowchart TD\nsubgraph one\nA --> B\nend\nsubgraph two\nC\nend\nB --> C"


def test_settled_stages_are_fixed(tmp_path: Path) -> None:
    play = failed(tmp_path, STAGES, "C")
    changed = change(play, STAGES.replace("C\nend", "C --> D\nend"))
    assert changed.run(FakeWorker()).status is RunStatus.SUCCEEDED


def test_barriers_and_stages_of_finished_nodes_stay(tmp_path: Path) -> None:
    play = failed(tmp_path, STAGES, "C")
    assert ("`subgraphs` has been changed in the front matter", None) in problems(
        play, STAGES.replace("stages", "groups")
    )
    moved = STAGES.replace("A --> B\nend", "B\nend\nA --> B")
    assert ("A has run and is in another subgraph now", 8) in problems(play, moved)


def test_after_a_rollback_nothing_can_be_changed(tmp_path: Path) -> None:
    text = "A --> B\nA -->|rollback| U[Undo]"
    play = failed(tmp_path, text, "B")
    assert problems(play, text.replace("B", "C")) == [
        ("the run has been rolled back, so the diagram cannot be changed any more", None)
    ]


def test_a_change_whose_text_never_got_to_the_disk_has_not_happened(tmp_path: Path) -> None:
    play = failed(tmp_path, "Q{Q} -->|yes| A\nQ -->|no| B\nA --> C", "C", Q="yes")
    old = play.folder.source.text
    changed = change(play, "Q{Q} -->|no| B\nQ -->|yes| A\nA --> D")
    events = changed.events()
    (play.folder.path / "diagram.mmd").write_text(old)
    assert [event for event in translated(events, digest(old)) if event.type is EventType.DIAGRAM_CHANGED] == []
    assert statuses(play.record()) == {"Q": "succeeded", "A": "succeeded", "B": "skipped", "C": "failed"}
    again = change(play, "Q{Q} -->|no| B\nQ -->|yes| A\nA --> E")
    worker = FakeWorker()
    assert again.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["E"]
