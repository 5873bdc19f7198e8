from mermaid_flow.engine.events import EventType
from mermaid_flow.engine.folder import RunFolder
from mermaid_flow.render.earlier import EarlierRun, earlier_runs, expected_seconds
from tests.render.recorded import Script, graph_of

GRAPH = graph_of("A --> B", "vpc")


def make(runs, *, component="dev/vpc", target="local", changes=None, seconds=4.0, status="succeeded", created=1.0):
    folder = RunFolder.create(
        runs,
        GRAPH.diagram.source,
        diagram=GRAPH.name,
        graph=GRAPH,
        component=component,
        target=target,
        clock=lambda: created,
    )
    script = Script(GRAPH)
    script.record(EventType.RUN_STARTED, diagram="vpc")
    if changes is not None:
        script.record(EventType.PLAN, component=component, add=changes, change=0, destroy=0)
    script.record(EventType.RUN_FINISHED, status=status, seconds=seconds)
    with folder.journal() as journal:
        journal.append(script.events)
    return folder


def test_only_runs_of_the_same_kind_that_succeeded_count_newest_first(tmp_path):
    make(tmp_path, seconds=30.0, changes=41, created=1.0)
    make(tmp_path, seconds=2.0, changes=0, created=2.0)
    make(tmp_path, component="prod/vpc", created=3.0)
    make(tmp_path, target="aws", created=4.0)
    make(tmp_path, status="failed", created=5.0)
    this = make(tmp_path, created=6.0)
    assert earlier_runs(this) == (EarlierRun(2.0, 0), EarlierRun(30.0, 41))


def test_at_most_a_few_count(tmp_path):
    for number in range(8):
        make(tmp_path, seconds=float(number), created=float(number))
    this = make(tmp_path, created=99.0)
    assert [run.seconds for run in earlier_runs(this)] == [7.0, 6.0, 5.0, 4.0, 3.0]


def test_a_damaged_record_counts_without_its_changes(tmp_path):
    damaged = make(tmp_path, changes=3, created=1.0)
    journal = damaged.path / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], b"nonsense\n", *lines[1:]]))
    assert earlier_runs(make(tmp_path, created=2.0)) == (EarlierRun(4.0, 0),)


def test_what_is_expected():
    assert expected_seconds((), 3) is None
    runs = (EarlierRun(2.0, 0), EarlierRun(3.0, 0), EarlierRun(30.0, 41))
    assert expected_seconds(runs, None) == 3.0
    assert expected_seconds(runs, 0) == 2.5
    assert expected_seconds(runs, 38) == 30.0
