from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mermaid_flow.engine._sequence_state import SequenceState
from mermaid_flow.engine.approvals import Person, approve
from mermaid_flow.engine.events import EventType, RunStatus
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.sequence import Interpreter
from mermaid_flow.engine.sequence_change import compare_sequences, take_over_sequence
from mermaid_flow.errors import Problems
from mermaid_flow.graph.sequence import SequenceTree
from mermaid_flow.graph.sequence_builder import build_sequence
from tests.engine.sequence_running import NESTED, Play, Worker, fails, nested_worker, statuses
from tests.engine.sequences import drawn, play, random_plan, tree_of

STOPS = Options(wait=False, poll=0.02)
THREE = "A->>B: one\nA->>B: two\nA->>B: three"


def change(played: Play, text: str | SequenceTree) -> Play:
    tree = tree_of(text) if isinstance(text, str) else text
    return Play(tree, take_over_sequence(played.folder, played.tree, tree))


def refused(played: Play, text: str) -> list[tuple[str, int]]:
    """What is said of a change, each with its line; nothing is recorded of it."""
    before = played.record().events
    with pytest.raises(Problems) as caught:
        change(played, text)
    assert played.record().events == before
    assert {problem.code for problem in caught.value.problems} == {"resume.changed"}
    return [(problem.message, problem.where.line if problem.where else 0) for problem in caught.value.problems]


def failed(tmp_path: Path, text: str, step: str, **answers: object) -> Play:
    played = Play.of(tmp_path, text)
    assert played.run(Worker({step: fails}, answers)).status is RunStatus.FAILED
    return played


def test_comments_notes_and_whitespace_never_matter(tmp_path: Path) -> None:
    played = failed(tmp_path, THREE, "two")
    text = "autonumber\n%% said of it\n  A->>B:   one\nNote over A: so\nrect rgb(1,2,3)\nA->>+B: two\nend\nA->>B: three"
    changed = change(played, text)
    worker = Worker()
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["2", "3"]
    assert RunFolder.open(played.folder.path).source.text == changed.tree.diagram.source.text


def test_an_unchanged_diagram_changes_nothing(tmp_path: Path) -> None:
    played = failed(tmp_path, THREE, "two")
    before = played.record().events
    assert take_over_sequence(played.folder, played.tree, played.tree) is played.folder
    assert played.record().events == before


def test_statements_that_have_not_begun_may_become_others(tmp_path: Path) -> None:
    played = failed(tmp_path, THREE, "two")
    changed = change(played, "A->>B: one\nA->>C: prepare\nA->>B: two, better\nloop 2 times\nA->>B: more\nend")
    worker = Worker(answers={"loop1": 2})
    record = changed.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["2", "3", "loop1", "4-1", "4-2"]
    assert [(visit.number, visit.status) for visit in record.nodes["2"].visits] == [(1, "failed"), (2, "succeeded")]
    assert record.nodes["2"].visits[0].reset == "the diagram was changed"
    assert record.nodes["2"].label == "prepare"


def test_a_finished_run_goes_on_with_what_was_added(tmp_path: Path) -> None:
    played = Play.of(tmp_path, "A->>B: one")
    played.run(Worker())
    worker = Worker()
    changed = change(change(played, "A->>B: one\nA->>B: two"), "A->>B: one\nA->>B: three")
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["2"]


def test_answers_keep_their_branches_and_laps(tmp_path: Path) -> None:
    played = Play.of(tmp_path, NESTED)
    worker = nested_worker()
    worker.actions = {**worker.actions, "report": fails}
    played.run(worker)
    changed = change(played, NESTED.replace("report", "tell everybody") + "\nA->>B: good night")
    worker = nested_worker()
    record = changed.run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert worker.ran == ["7", "8"]
    assert [decision.edges for decision in record.decisions if decision.node.startswith("alt1")] == [(0,), (1,)] * 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A->>B: other\nA->>B: two\nA->>B: three", [("`A->>B: one` has run and is `A->>B: other` now", 2)]),
        ("A->>C: one\nA->>B: two", [("`A->>B: one` has run and is `A->>C: one` now", 2)]),
        ("A->>B: new\nA->>B: one\nA->>B: two", [("`A->>B: new` is new, and what comes after it has run", 2)]),
        ("A->>B: two\nA->>B: three", [("`A->>B: one` has run and is gone", 2)]),
        ("opt maybe\nA->>B: one\nend\nA->>B: two", [("`opt maybe` is new, and what comes after it has run", 2)]),
        ("A-->>B: one\nA->>B: two", [("`A->>B: one` has run as a call and is a reply now", 2)]),
        ("actor B\nA->>B: Return one", [("`A->>B: one` has run and is `A->>B: Return one` now", 3)]),
    ],
)
def test_a_change_inside_is_refused_with_its_place(tmp_path: Path, text: str, said: list[tuple[str, int]]) -> None:
    assert refused(failed(tmp_path, THREE, "two"), text)[:1] == said


def test_the_place_is_shown_with_a_caret(tmp_path: Path) -> None:
    with pytest.raises(Problems) as caught:
        change(failed(tmp_path, THREE, "two"), "A->>B: other\nA->>B: two")
    assert str(caught.value).splitlines()[:3] == [
        "diagrams/talk.mmd:2:1: `A->>B: one` has run and is `A->>B: other` now",
        "    A->>B: other",
        "    ^^^^^^^^^^^^",
    ]


def test_all_changes_inside_are_named_at_once(tmp_path: Path) -> None:
    text = "A->>B: 1\nA->>B: 2\nA->>B: 3\nA->>B: 4\nA->>B: 5"
    said = refused(failed(tmp_path, text, "5"), "A->>B: one\nA->>B: 2\nA->>B: 2a\nA->>B: 4\nA->>B: 4a\nA->>B: 5")
    assert said == [
        ("`A->>B: 1` has run and is `A->>B: one` now", 2),
        ("`A->>B: 3` has run and is `A->>B: 2a` now", 4),
    ]


def test_what_may_not_be_changed_of_fragments(tmp_path: Path) -> None:
    text = "alt sunny\nA->>B: sail\nelse windy\nA->>B: surf\nelse\nA->>B: read\nend\nA->>B: home"
    played = failed(tmp_path, text, "home", alt1=1)
    assert refused(played, text.replace("sunny", "calm")) == [
        ("`alt sunny / windy / else` has run and is `alt calm / windy / else` now", 2)
    ]
    assert refused(played, text.replace("A->>B: sail\n", "A->>B: sail\nA->>B: sail on\n")) == [
        ("`A->>B: sail on` is new, and what comes after it has run", 4)
    ]
    assert refused(played, text.replace("A->>B: sail\n", "")) == [("`A->>B: sail` was passed and is gone", 3)]
    changed = change(played, text.replace("sail", "row").replace("read", "sleep"))  # nobody has come to them
    worker = Worker()
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["4"]


def test_a_body_that_a_lap_has_gone_through_is_closed(tmp_path: Path) -> None:
    text = "loop 3 times\nA->>B: one\nA->>B: two\nend\nA->>B: three"
    played = Play.of(tmp_path, text)
    assert played.run(Worker({"2-2": fails}, {"loop1": 3})).status is RunStatus.FAILED
    assert refused(played, text.replace("two\n", "two\nA->>B: more\n")) == [
        ("`A->>B: more` is new, and what comes after it has run", 5)
    ]
    assert refused(played, text.replace("3 times", "4 times")) == [
        ("`loop 3 times` has run and is `loop 4 times` now", 2)
    ]
    assert refused(played, text.replace("two", "2")) == [("`A->>B: two` has run and is `A->>B: 2` now", 4)]
    worker = Worker(answers={"loop1": 3})
    assert change(played, text.replace("three", "four")).run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["2-2", "1-3", "2-3", "3"]


def test_the_rest_of_a_first_lap_may_be_changed(tmp_path: Path) -> None:
    text = "loop 2 times\nA->>B: one\nA->>B: two\nend"
    played = failed(tmp_path, text, "two", loop1=2)
    worker = Worker()
    changed = change(played, text.replace("A->>B: two", "A->>B: a\nA->>B: b"))
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["2-1", "3-1", "1-2", "2-2", "3-2"]


def test_branches_that_run_side_by_side_go_on_from_where_they_are(tmp_path: Path) -> None:
    text = "par\nA->>B: one\nA->>B: two\nand\nA->>B: three\nend"
    played = failed(tmp_path, text, "one")
    worker = Worker()
    changed = change(played, text.replace("one", "first").replace("two", "second") + "\nA->>B: last")
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["1", "2", "4"]
    assert refused(changed, text.replace("three", "3"))


def test_laps_that_run_side_by_side_all_get_what_was_added_at_their_end(tmp_path: Path) -> None:
    text = "---\nmflow: {parallel: 2}\n---\nsequenceDiagram\nloop For each env\nA->>B: one\nA->>B: two\nend"
    played = Play.of(tmp_path, text)
    answers = {"loop1": ["a", "b", "c"]}
    assert played.run(Worker({"2-2": fails}, answers)).status is RunStatus.FAILED
    worker = Worker()
    record = change(played, text.replace("two\n", "two\nA->>B: three\n")).run(worker)
    assert record.status is RunStatus.SUCCEEDED
    assert sorted(worker.ran) == ["2-2", "3-1", "3-2", "3-3"]
    assert list(record.nodes) == ["loop1", *(f"{step}-{lap}" for lap in (1, 2, 3) for step in (1, 2, 3))]


BOUND = "---\nmflow: {{max_laps: {}}}\n---\nsequenceDiagram\nloop while it rains\nA->>B: wait\nend"


def test_a_loop_that_was_not_left_in_time_gets_more_laps(tmp_path: Path) -> None:
    rains = {"loop1": lambda visit: int(visit.node.id.rpartition("-")[2]) < 4}
    played = Play.of(tmp_path, BOUND.format(2))
    assert played.run(Worker(answers=rains)).status is RunStatus.FAILED
    assert refused(played, BOUND.format(1)) == [
        ("`A->>B: wait` has run in laps that the changed diagram does not come to", 6)
    ]
    worker = Worker(answers=rains)
    assert change(played, BOUND.format(5)).run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["1-3", "loop1-4"]


def test_a_handled_failure_is_finished_business(tmp_path: Path) -> None:
    text = "critical link\nA->>B: call\nA->>B: chat\noption no such host\nA->>B: mail\nend\nA->>B: bye"
    played = Play.of(tmp_path, text)
    worker = Worker({"call": fails, "bye": fails}, {"critical1": 0})
    assert played.run(worker).status is RunStatus.FAILED
    assert refused(played, text.replace("call", "ring")) == [("`A->>B: call` has run and is `A->>B: ring` now", 3)]
    assert refused(played, text.replace("no such", "unknown")) == [
        ("`critical link / no such host` has run and is `critical link / unknown host` now", 2)
    ]
    worker = Worker()
    assert change(played, text.replace("chat", "talk").replace("bye", "ciao")).run(worker).status == "succeeded"
    assert worker.ran == ["4"]


NEST = "critical outer\ncritical inner\nA->>B: call\noption a\nA->>B: a\nend\noption b\nA->>B: b\nend\nA->>B: end"


def test_an_option_that_let_a_failure_through_is_not_asked_again_once_it_is_handled(tmp_path: Path) -> None:
    played = Play.of(tmp_path, NEST)
    answers = {"critical1": 0, "critical2": None}
    assert played.run(Worker({"call": fails, "end": fails}, answers)).status is RunStatus.FAILED
    changed = change(played, NEST.replace("A->>B: end", "A->>B: over"))
    worker = Worker()
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["4"]


def test_a_step_in_flight_stays_and_who_waits_is_asked_again(tmp_path: Path) -> None:
    def sequence(boss: str, last: str) -> SequenceTree:
        text = f"sequenceDiagram\nactor Boss\npar\nA->>B: one\nand\nA->>Boss: {boss}\nend\nA->>B: {last}"
        return build_sequence(tree_of(text).diagram, "talk", has_handler=lambda receiver, _: receiver == "B")

    tree = sequence("May I?", "two")
    played = Play(tree, RunFolder.create(tmp_path, tree.diagram.source, diagram="talk", graph=tree))
    assert played.run(Worker(), STOPS).status is RunStatus.WAITING
    changed = change(played, sequence("Please?", "three"))
    assert changed.run(Worker(), STOPS).status is RunStatus.WAITING
    [waiting] = changed.record().waiting
    assert (waiting.number, waiting.prompt) == (2, "Please?")
    with changed.folder.journal() as journal:
        approve(journal, "2", Person("ann"))
    worker = Worker()
    assert changed.run(worker).status is RunStatus.SUCCEEDED
    assert worker.ran == ["3"]


def test_a_message_that_a_handler_takes_by_now_is_a_change(tmp_path: Path) -> None:
    def sequence(handled: bool) -> SequenceTree:
        diagram = tree_of("sequenceDiagram\nactor Boss\nA->>Boss: May I?\nA->>B: go").diagram
        return build_sequence(diagram, "talk", has_handler=lambda receiver, _: handled or receiver == "B")

    asked, handled = sequence(False), sequence(True)
    played = Play(asked, RunFolder.create(tmp_path, asked.diagram.source, diagram="talk", graph=asked))
    played.run(Worker({"go": fails}), Options(auto_approve=True, poll=0.02))
    with pytest.raises(Problems) as caught:
        change(played, handled)
    [problem] = caught.value.problems
    assert problem.message == "`A->>Boss: May I?` has run as a question to a person and is a call now"


def test_lives_and_breaks_are_shown_as_they_are_drawn(tmp_path: Path) -> None:
    text = "participant A\ncreate participant B\nA->>B: hello\nbreak enough\nA->>A: go\nend\nA->>B: last"
    played = failed(tmp_path, text, "last", break1=False)
    said = refused(played, text.replace("enough", "too much"))
    assert said == [("`break enough` has run and is `break too much` now", 5)]
    assert refused(played, text.replace("create participant B\n", "participant B\n"))[0] == (
        "`create B` has run and is gone",
        3,
    )


def test_par_may_be_drawn_around_what_has_run(tmp_path: Path) -> None:
    """Nothing is asked there, so the run could have been one of the new diagram."""
    worker = Worker()
    text = "par\nA->>B: one\nend\nA->>B: two"
    assert change(failed(tmp_path, "A->>B: one\nA->>B: two", "two"), text).run(worker).status == "succeeded"
    assert worker.ran == ["2"]


def test_a_move_into_another_block_is_told_when_it_matters(tmp_path: Path) -> None:
    text = "A->>B: one\nA->>B: two\nloop 2 times\nA->>B: three\nend"
    played = failed(tmp_path, text, "three", loop1=2)
    assert refused(played, "A->>B: one\nloop 2 times\nA->>B: two\nA->>B: three\nend") == [
        ("`loop 2 times` is new, and what comes after it has run", 3),
        ("`A->>B: two` has run and is in another block now", 4),
        ("`loop 2 times` has run and is gone", 4),
    ]
    text = "A->>B: one\nA->>B: two\nA->>B: three"
    assert refused(failed(tmp_path, text, "three"), "A->>B: one\nopt maybe\nA->>B: two\nend\nA->>B: three") == [
        ("`opt maybe` is new, and what comes after it has run", 3),
        ("`A->>B: two` has run and is in another block now", 4),
    ]


def test_how_many_laps_run_at_once_is_no_change(tmp_path: Path) -> None:
    text = "loop For each env\nA->>B: one\nend"
    played = failed(tmp_path, text, "one", loop1=["a", "b"])
    tree = build_sequence(
        played.tree.diagram, "talk", has_handler=lambda *_: True, settings=None, has_life=lambda *_: True
    )
    assert take_over_sequence(played.folder, played.tree, tree) is played.folder


def test_the_record_reads_a_change_whose_text_never_got_to_the_disk(tmp_path: Path) -> None:
    played = failed(tmp_path, THREE, "two")
    old = played.folder.source.text
    change(played, THREE.replace("two", "2"))
    (played.folder.path / "diagram.mmd").write_text(old)
    assert statuses(RunRecord.open(played.folder)) == {"1": "succeeded", "2": "failed"}
    assert EventType.DIAGRAM_CHANGED in {event.type for event in played.record().events}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
@example(177628)  # what was counted laps is a list now
def test_whatever_is_taken_over_is_the_beginning_of_a_run_of_the_new_diagram(seed: int) -> None:
    """Cut a run anywhere, draw another end: what is taken over goes on, asks nothing twice, and leaves nothing out."""
    random = Random(seed)
    plan, other = random_plan(random), random_plan(random)
    old = tree_of(drawn(plan))
    kept_statements = random.randint(0, len(plan))
    new = tree_of(drawn([*plan[:kept_statements], *other]))
    whole = play(old, random)
    cut = dict(list(whole.outcomes.items())[: random.randint(0, len(whole.outcomes))])
    known = {node: outcome for node, outcome in cut.items() if outcome.error is None}
    old_asked = Interpreter(old, known, as_drawn=True).asked
    kept = {node: None for node in known if node in old_asked}
    state = SequenceState(outcomes={node: known[node] for node in kept}, begun=dict(kept))
    if compare_sequences(old, new, state, kept):
        return
    finished, fresh = play(new, random, state.outcomes), play(new, random)
    assert finished.outcomes == fresh.outcomes
    assert finished.in_order(new) == fresh.in_order(new)
