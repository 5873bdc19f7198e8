import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.graph.sequence_builder import build_sequence
from mermaid_flow.render.comparison.outline import Item, all_pairs, merged, outline
from mermaid_flow.syntax import parse
from mermaid_flow.syntax.sequence import SequenceDiagram


def sequence(body):
    diagram = parse(f"sequenceDiagram\n{body}\n")
    assert isinstance(diagram, SequenceDiagram)
    return diagram


def paired(before, after):
    """The pairs as signs and texts."""
    pairs = all_pairs(merged(outline(sequence(before)), outline(sequence(after))))
    return [
        ("+" if pair.before is None else "-" if pair.after is None else "=" if pair.before == pair.after else "~")
        + (pair.item.text or pair.item.kind)
        for pair in pairs
    ]


EVERYTHING = """autonumber
A->>B: One
rect rgb(1, 2, 3)
A-->>B: Two
end
create participant C
A->>C: Three
activate C
loop For each x
alt yes
A->>B: Four
else
Note over A,B: a note
end
end
par_over left
A->>B: Five
and right
A->>B: Six
end
destroy C
C-xA: Seven
"""


def test_steps_are_called_as_the_executable_model_calls_them():
    diagram = sequence(EVERYTHING)
    tree = build_sequence(diagram, "all", has_life=lambda _participant, _creates: True)
    pairs = all_pairs(merged(outline(diagram), outline(diagram)))
    ids = [pair.item.id for pair in pairs if pair.item.kind != "note"]
    assert sorted(ids) == sorted(step.id for step in tree.steps())


def test_colours_numbers_and_activations_mean_nothing():
    plain = "A->>B: One\nA->>B: Two"
    assert outline(sequence(f"autonumber\nactivate A\nrect rgb(1,2,3)\n{plain}\nend")) == outline(sequence(plain))


def test_a_statement_that_was_put_in_or_taken_out_leaves_the_others_alone():
    one, two, three = "A->>B: One", "B->>C: Two", "C->>A: Three"
    assert paired(f"{one}\n{three}", f"{one}\n{two}\n{three}") == ["=One", "+Two", "=Three"]
    assert paired(f"{one}\n{two}\n{three}", f"{one}\n{three}") == ["=One", "-Two", "=Three"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("A->>B: Plan it", "A->>B: Plan all of it", ["~Plan all of it"]),
        ("A->>B: Plan it", "A->>C: Plan it", ["~Plan it"]),
        ("A->>B: Plan it", "A-->>B: Plan it", ["~Plan it"]),
        ("A->>B: Plan", "A->>B: Apply", ["-Plan", "+Apply"]),
        ("Note over A: Plan", "A->>A: Plan", ["-Plan", "+Plan"]),
        ("create participant C\nA->>C: x", "A->>C: x", ["-create", "=x"]),
    ],
)
def test_what_is_alike_enough_is_the_same_changed(before, after, expected):
    assert paired(before, after) == expected


def test_fragments_are_the_same_by_their_condition_or_by_what_is_in_them():
    body = "A->>B: One\nA->>B: Two"
    assert paired(f"loop For each x\n{body}\nend", f"loop For each y of z\n{body}\nend") == ["~loop", "=One", "=Two"]
    assert paired(f"opt ready\n{body}\nend", "alt ready\nA->>B: Go\nelse\nA->>B: Two\nend") == [
        "~alt",
        "-One",
        "-Two",
        "+Go",
        "+Two",
    ]
    assert paired(f"loop 2 times\n{body}\nend", f"par\n{body}\nend")[0] == "-loop"


def test_branches_are_found_again_like_statements():
    before = "alt a\nA->>B: One\nelse b\nA->>B: Two\nend"
    assert paired(before, "alt a\nA->>B: One\nelse new\nA->>B: Mid\nelse b\nA->>B: Two\nend") == [
        "~alt",
        "=One",
        "+Mid",
        "=Two",
    ]
    assert paired(before, "alt b\nA->>B: Two\nend") == ["~alt", "-One", "=Two"]


def test_what_is_tried_stays_what_is_tried():
    assert paired("critical dial\nA->>B: Dial\nend", "critical call\nA->>B: Call\noption busy\nA->>B: Wait\nend") == [
        "-critical",
        "-Dial",
        "+critical",
        "+Call",
        "+Wait",
    ]
    assert paired("critical dial\nA->>B: Dial\nend", "critical dial\nA->>B: Call\noption busy\nA->>B: Wait\nend") == [
        "~critical",
        "-Dial",
        "+Call",
        "+Wait",
    ]


def test_where_too_much_differs_nothing_counts_as_changed(monkeypatch):
    monkeypatch.setattr("mermaid_flow.render.comparison.outline._MOST_PAIRS", 1)
    before, after = "A->>B: Plan it\nA->>B: Do it", "A->>B: Plan it all\nA->>B: Do it all"
    assert paired(before, after) == ["-Plan it", "-Do it", "+Plan it all", "+Do it all"]


ITEMS = st.lists(
    st.builds(
        Item, st.just("message"), st.sampled_from(["a b", "a c", "d"]), st.sampled_from([("A", "B"), ("B", "A")])
    ),
    max_size=8,
)


@given(ITEMS, ITEMS)
def test_every_statement_of_both_is_there_once_and_in_order(before, after):
    pairs = merged(before, after)
    assert [pair.before for pair in pairs if pair.before] == before
    assert [pair.after for pair in pairs if pair.after] == after


@given(ITEMS)
def test_a_diagram_is_the_same_as_itself(items):
    assert all(pair.before == pair.after for pair in merged(items, items))
