import io

import pytest
from rich.console import Console

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.render.earlier import EarlierRun
from mermaid_flow.render.live import LiveTree
from mermaid_flow.render.progress import RunProgress
from tests.render.recorded import recorded

BUSY = {
    "A": {"labels": ["yes"]},
    "B": {"hang": True, "resources": [{"address": f"module.m.aws_x.r{i}", "state": "started"} for i in range(5)]},
    "E": {"fail": "no room in there"},
    "F": {"hang": True, "retry": "no network"},
    "G": {"skip": "not asked for"},
}
DIAGRAM = """A{NAT needed?} -->|yes| B[Create NAT] --> C[End]
A -->|no| D[Skip NAT]
subgraph Layer
E[Break]
F[Try]
subgraph Inner
G[Skip it]
end
end
"""


def screen(record, width=100, height=50, *, after=10.0, folder=None, events=None, stopped=False, **more):
    output = io.StringIO()
    console = Console(file=output, width=width, height=height, no_color=True, force_terminal=False)
    progress = RunProgress.of_record(record)
    last = record.events[-1].at
    tree = LiveTree(progress, console, lambda: last + after, nodes_folder=folder or record.path / "nodes", **more)
    for event in record.events if events is None else events:
        tree.event(event)
    if stopped:
        tree.stop()
    console.print(tree)
    return [line.rstrip() for line in output.getvalue().splitlines()]


def row(lines, text):
    return next(line for line in lines if text in line)


def test_boxes_are_in_source_order_under_their_subgraphs():
    lines = screen(recorded(DIAGRAM, BUSY))
    names = ["NAT needed?", "Create NAT", "End", "Skip NAT", "Layer", "Break", "Try", "Inner", "Skip it"]
    places = [next(place for place, line in enumerate(lines) if name in line) for name in names]
    assert places == sorted(places)
    assert row(lines, "Layer").startswith("Layer")
    assert row(lines, "Break").startswith("  ✘ Break")
    assert row(lines, "Skip it").startswith("    ↷ Skip it")


def test_each_row_tells_what_its_box_is_at():
    lines = screen(recorded(DIAGRAM, BUSY))
    assert row(lines, "NAT needed?").startswith("✔ NAT needed?")
    assert row(lines, "NAT needed?").endswith("yes (vars/dev.yaml:3:7)")
    assert row(lines, "Create NAT").split()[0] in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
    assert "+5" in row(lines, "Create NAT")
    assert row(lines, "Create NAT").endswith("0 of 5 resources")
    assert row(lines, "aws_x.r0").endswith("create")
    assert "aws_x.r3" not in "".join(lines)
    assert row(lines, "Skip NAT").startswith("– Skip NAT")
    assert row(lines, "Break").endswith("no room in there")
    assert "attempt 2" in row(lines, "Try")
    assert row(lines, "Skip it").endswith("not asked for")
    assert row(lines, "End").startswith("· End")


def test_verbose_shows_every_resource():
    assert "aws_x.r4" in "".join(screen(recorded(DIAGRAM, BUSY), verbose=True))


def test_the_last_line_of_a_log_is_shown(tmp_path):
    log = tmp_path / "A" / "1" / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text("first\n12:00 INFO looking for the bucket\n\n")
    record = recorded("A[Look] --> B", {"A": {"hang": True}})
    assert row(screen(record, folder=tmp_path), "Look").endswith("12:00 INFO looking for the bucket")
    log.write_text("\n")
    assert "INFO" not in row(screen(record, folder=tmp_path), "Look")


def test_what_is_declared_is_not_done_yet():
    record = recorded("A[Declare] --> B[Apply]", {"A": {"declared": True}, "B": {"hang": True}})
    lines = screen(record)
    assert row(lines, "Declare").startswith("○ Declare")
    assert row(lines, "Declare").endswith("declared")
    assert "0 of 2 nodes" in lines[-1]
    planned = Event(
        EventType.RESOURCE, "A", 1, {"component": "c", "address": "x", "action": "create", "state": "planned"}
    )
    assert row(screen(record, events=[*record.events, planned]), "Declare").endswith("planned")


def test_components_are_summed_up_below():
    record = recorded("A", {"A": {"resources": [{"address": "x", "state": "complete"}]}})
    plan = Event(EventType.PLAN, data={"component": "dev/it", "add": 2})
    applied = Event(EventType.APPLIED, data={"component": "dev/it", "add": 2, "seconds": 3.0})
    assert "dev/it  planned +2, 1 of 1 resource" in screen(record, events=[*record.events, plan])
    assert "dev/it  applied +2 in 3.0s" in screen(record, events=[*record.events, plan, applied])
    nothing = Event(EventType.PLAN, data={"component": "dev/other"})
    assert "dev/other  planned without changes" in screen(record, events=[nothing])
    unknown = Event(EventType.APPLIED, data={"component": "dev/other"})
    assert "dev/other  applied without changes" in screen(record, events=[unknown])


def test_how_long_it_may_still_take():
    record = recorded("A --> B", {"A": {"hang": True}})
    assert "left" not in screen(record)[-1]
    earlier = [EarlierRun(60.0, 40), EarlierRun(4.0, 0)]
    assert screen(record, after=10.0, earlier=earlier)[-1].endswith("about 22s left"), "no plan yet: the middle"
    plan = Event(EventType.PLAN, data={"component": "c", "add": 38})
    assert screen(record, after=10.0, earlier=earlier, events=[*record.events, plan])[-1].endswith("about 50s left")
    assert screen(record, after=99.0, earlier=earlier)[-1].endswith("usually 32s")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_row_is_wider_than_the_terminal(width):
    record = recorded(DIAGRAM.replace("Create NAT", "Create a NAT gateway in each of the zones"), BUSY)
    assert max(map(len, screen(record, width))) <= width


def test_on_a_small_terminal_what_happens_is_kept():
    many = "\n".join(f"N{i}[Box {i}] --> N{i + 1}" for i in range(60))
    lines = screen(recorded(many, {"N40": {"hang": True}}), height=12)
    assert len(lines) <= 12
    assert any("Box 40" in line for line in lines)
    assert any("Box 39" in line for line in lines)
    assert "… 52 more lines" in lines[-2]


def test_the_last_picture_stays_and_moves_no_more():
    lines = screen(recorded(DIAGRAM, BUSY), stopped=True, earlier=[EarlierRun(60.0, 1)])
    assert row(lines, "Create NAT").startswith("▶ Create NAT")
    assert "left" not in lines[-1]


def test_it_draws_on_a_terminal_until_it_is_stopped():
    record = recorded("A[Box] --> B")
    output = io.StringIO()
    console = Console(file=output, width=80, height=20, force_terminal=True, color_system=None)
    tree = LiveTree(RunProgress.of_record(record), console, lambda: record.events[-1].at, nodes_folder=record.path)
    tree.start()
    for event in record.events:
        tree.event(event)
    tree.notice("the local cloud [bold]was emptied[/]")
    tree.stop()
    text = output.getvalue()
    assert "the local cloud [bold]was emptied[/]" in text
    assert "✔ Box" in text.rpartition("was emptied")[2]
    assert "2 of 2 nodes" in text


def waiting(script):
    script.record(EventType.NOTICE, "B", 1, message="runs shop as r2", level="info")


def test_under_the_tree_stands_what_somebody_has_to_do_or_know():
    record = recorded("A{{Sure?}} --> C\nB[Shop] --> C", {"A": {"wait": True}, "B": {"hang": True}}, more=waiting)
    assert screen(record)[-2:] == ["mflow approve 20260314-153012-k3x9 A", "Shop: runs shop as r2"]
    assert "mflow approve" not in "\n".join(screen(record, stopped=True))


def test_there_is_room_for_that_on_a_low_terminal():
    many = "\n".join(f"A{number}[Box {number}]" for number in range(30))
    record = recorded(f"A{{{{Sure?}}}}\nB[Shop]\n{many}", {"A": {"wait": True}, "B": {"hang": True}}, more=waiting)
    lines = screen(record, height=12, width=40)
    assert len(lines) <= 12
    assert "mflow approve 20260314-153012-k3x9 A" in lines


def test_an_interjection_is_said_until_the_end():
    tree = LiveTree(
        RunProgress.of_record(recorded("A")), Console(), lambda: 0.0, nodes_folder=recorded("A").path / "nodes"
    )
    tree.interject("finishing\nwhat runs")
    console = Console(file=io.StringIO(), width=80)
    console.print(tree)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[-1].rstrip() == "finishing what runs"


def test_the_time_of_a_log_line_is_left_out(tmp_path):
    log = tmp_path / "A" / "1" / "log.txt"
    log.parent.mkdir(parents=True)
    record = recorded("A[Work]", {"A": {"hang": True}})
    for line, shown in {
        "2026-11-24 21:53:17,276 INFO half way": "half way",
        "2026-11-24 21:53:17,276 WARNING slow": "WARNING slow",
        "2026-11-24 of all days": "2026-11-24 of all days",
    }.items():
        log.write_text(f"{line}\n")
        assert row(screen(record, folder=tmp_path), "Work").endswith(f"  {shown}")


def test_there_is_a_column_for_resources_when_there_are_resources():
    plain, busy = (screen(recorded("A[Work] --> B", fates)) for fates in ({}, {"A": BUSY["B"]}))
    assert row(plain, "Work").index("0.5s") < row(busy, "Work").index("+5")


def test_boxes_of_a_subgraph_stand_together_where_the_first_of_them_is():
    text = "A --> B\nA --> C\nsubgraph S\nB\nsubgraph T\nD\nend\nE\nend\nC --> D --> F"
    names = [line.split()[-2 if line.endswith("s") else -1] for line in screen(recorded(text))[:-1]]
    assert names == ["A", "S", "B", "T", "D", "E", "C", "F"]
