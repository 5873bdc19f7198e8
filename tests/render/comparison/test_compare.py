import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.render.comparison import compare_diagrams, compare_runs
from mermaid_flow.syntax import parse
from tests.render.recorded import recorded
from tests.render.recorded_sequence import recorded_sequence

FLOW, TALK = "flowchart TD\nA --> B", "sequenceDiagram\nA->>B: hi"


def test_a_flowchart_is_not_compared_with_a_sequence():
    with pytest.raises(MflowError, match="old is a flowchart and new is a sequence diagram") as caught:
        compare_diagrams(parse(FLOW), parse(TALK), ("old", "new"))
    assert caught.value.hint == "compare two flowcharts or two sequence diagrams"


def test_nor_are_runs_of_them():
    with pytest.raises(MflowError, match=r"run .* is a sequence diagram and run other is a flowchart"):
        compare_runs(recorded_sequence(TALK), recorded(FLOW, run="other"), ({}, {}))
