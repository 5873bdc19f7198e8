from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mermaid_flow.engine.events import EdgeStatus
from mermaid_flow.render.looks import BOXES, LINES, Look, arrow_statuses, node_look
from mermaid_flow.render.mermaid import executed_diagram
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.flowchart import Flowchart
from tests.render.recorded import recorded

SEED = Path(__file__).parents[2].parent / "shared" / "seed"


def read_back(text: str) -> Flowchart:
    diagram = parse(text)
    assert isinstance(diagram, Flowchart)
    return diagram


def classes_of(diagram: Flowchart) -> dict[str, str]:
    """The last class of each node that has one: what it looks like."""
    return {node: vertex.classes[-1] for node, vertex in diagram.vertices.items() if vertex.classes}


def test_the_text_of_the_author_comes_first_and_only_styling_is_added():
    text = "flowchart LR\n  %% a comment\n  A{Ok?} -->|yes| B[Do it]\n  A -->|no| C\n"
    executed = executed_diagram(recorded(text))
    assert executed.startswith(text)
    added = executed.removeprefix(text).splitlines()
    assert {line.split()[0] for line in added} == {"classDef", "class", "linkStyle"}


def test_each_state_is_a_class_of_its_own():
    text = """A{q} -->|yes| B --> C
        A -->|no| D
        A -->|yes| E[Skip it] --> F{{Sure?}} --> G
        A -->|yes| H
    """
    record = recorded(
        text, {"B": {"fail": "boom"}, "E": {"skip": "not asked for"}, "F": {"wait": True}, "H": {"hang": 1}}
    )
    assert classes_of(read_back(executed_diagram(record))) == {
        "A": "mflow_succeeded",
        "B": "mflow_failed",
        "C": "mflow_not_reached",
        "D": "mflow_skipped",
        "E": "mflow_nothing_to_do",
        "F": "mflow_waiting",
        "G": "mflow_not_reached",
        "H": "mflow_running",
    }


def test_arrows_are_styled_by_their_place_in_the_drawing():
    record = recorded("A{q} -->|yes| B\nB --- X\nA -->|no| C")
    edges = read_back(executed_diagram(record)).edges
    assert edges[0].style == tuple(LINES[EdgeStatus.TAKEN].css.split(","))
    assert edges[1].style == ()
    assert edges[2].style == tuple(LINES[EdgeStatus.SKIPPED].css.split(","))


@pytest.mark.parametrize(
    "own",
    [
        "classDef mflow_failed fill:#123456",
        "class A mflow_mine",
        "A:::mflow_x --> B",
        "class A mflow_\nclassDef mflow2_a fill:red",
    ],
)
def test_classes_of_the_author_are_left_alone(own):
    text = f"flowchart TD\nA --> B\n{own}\n"
    before, after = read_back(text), read_back(executed_diagram(recorded(text)))
    for name, styles in before.class_defs.items():
        assert after.class_defs[name] == styles
    assert set(classes_of(after).values()).isdisjoint(before.class_defs)
    assert classes_of(after)["B"] in after.class_defs


def test_a_diagram_without_a_line_end_and_one_with_crlf_stay_whole():
    assert executed_diagram(recorded("flowchart TD\nA --> B\n%% end")).startswith(
        "flowchart TD\nA --> B\n%% end\nclassDef"
    )
    assert executed_diagram(recorded("flowchart TD\r\nA --> B\r\n")).startswith("flowchart TD\r\nA --> B\r\nclassDef")


def test_ids_that_no_class_statement_can_name_keep_their_looks():
    record = recorded("a,b --> c")
    assert classes_of(read_back(executed_diagram(record))) == {"c": "mflow_succeeded"}


def test_characters_that_steer_a_terminal_are_shown_as_codes():
    executed = executed_diagram(recorded('A["red \x1b[31m"] --> B["turned \u202eround"]'))
    assert 'A["red \\x1b[31m"] --> B["turned \\u202eround"]' in executed


@pytest.mark.skipif(not SEED.is_dir(), reason="the seed diagrams are not next to the repository")
@pytest.mark.parametrize("file", sorted(SEED.glob("*.mmd")), ids=lambda file: file.stem[:2])
def test_every_seed_diagram_keeps_its_meaning(file):
    text = file.read_text(encoding="utf-8")
    if not isinstance(parse(text), Flowchart):
        pytest.skip("a sequence diagram")
    before, after = read_back(text), read_back(executed_diagram(recorded(text)))
    assert list(after.vertices) == list(before.vertices)
    assert [(edge.start, edge.end, edge.label) for edge in after.edges] == [
        (edge.start, edge.end, edge.label) for edge in before.edges
    ]
    assert classes_of(after).keys() == before.vertices.keys()


IDS = st.sampled_from(["A", "b1", "c-d", "e.f", "Ünï", "x_y", "n/9", "default1", "style1", "A#1", "o", "x"])
SHAPES = st.sampled_from(["[{}]", "({})", "{{{}}}", "([{}])", "[({})]", ""])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(IDS, SHAPES, IDS, st.sampled_from(["", "yes", "no"])), min_size=1, max_size=8),
    st.sets(IDS),
    st.sets(IDS),
)
def test_what_is_drawn_reads_back_as_what_was_recorded(arrows, failing, skipping):
    seen: set[str] = set()
    lines = []
    for start, shape, end, label in arrows:
        if start == end or (end, start) in seen or end in {first for first, *_ in arrows}:
            continue  # no loops here
        seen.add(start)
        # Each arrow has another label, so that no decision has two defaults.
        link = f"-->|{label}{len(lines)}|" if label or "{" in shape else "-->"
        lines.append(f"{start}{shape.format('Label') if shape else ''} {link} {end}")
    if not lines:
        return
    fates = {node: {"fail": "boom"} for node in failing} | {node: {"skip": "no"} for node in skipping - failing}
    record = recorded("\n".join(lines), fates)
    drawn = read_back(executed_diagram(record))
    assert classes_of(drawn) == {node.id: f"mflow_{node_look(node).value}" for node in record.nodes.values()}
    for index, status in arrow_statuses(record).items():
        assert drawn.edges[index].style == tuple(LINES[status].css.split(","))
    assert drawn.class_defs.keys() == {
        f"mflow_{look.value}" for look in Look if f"mflow_{look.value}" in drawn.class_defs
    }
    for look in Look:
        if f"mflow_{look.value}" in drawn.class_defs:
            assert list(drawn.class_defs[f"mflow_{look.value}"]) == BOXES[look].css.split(",")
