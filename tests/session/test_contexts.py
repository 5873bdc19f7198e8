"""Before the run a handler sees vars and what pure nodes returned; everything else is known later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mermaid_flow.graph.builder import build
from mermaid_flow.handlers.context import Context, RunInfo
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.bindings import KnownLater
from mermaid_flow.session.contexts import dry_context, visit_log
from mermaid_flow.syntax.flowchart import Flowchart
from mermaid_flow.syntax.parse import parse


@pytest.fixture
def context(tmp_path: Path) -> Context:
    diagram = parse("flowchart TD\n    A[One] --> B{Two?}\n    B -->|Yes| C[Three]\n    B -->|No| D[Four]\n")
    assert isinstance(diagram, Flowchart)
    graph = build(diagram, "test")
    run = RunInfo("preflight", "test", tmp_path, tmp_path)
    return dry_context(run, graph.nodes["B"], graph, Variables.of({"size": 1}), {"A": {"made": True}})


def test_vars_labels_and_known_values_are_there(context: Context) -> None:
    assert context.vars["size"] == 1
    assert context.node.outgoing == ("Yes", "No")
    assert context.values["A"] == {"made": True}
    assert dict(context.values) == {"A": {"made": True}}
    assert len(context.values) == 1
    with pytest.raises(KeyError):
        context.values["Nobody"]


@pytest.mark.parametrize(
    "use",
    [
        lambda context: context.values["C"],
        lambda context: context.component.apply(),
        lambda context: context.component.outputs(),
        lambda context: context.component.call_outputs("vpc"),
        lambda context: context.component.destroy(),
        lambda context: context.component.declare("A", []),
        lambda context: context.components.open("vpc").outputs(),
        lambda context: context.run_diagram("vpc"),
    ],
)
def test_what_only_the_run_can_tell_is_known_later(context: Context, use: Callable[[Context], object]) -> None:
    with pytest.raises(KnownLater):
        use(context)


def test_a_log_hides_secrets_wherever_they_come_from(tmp_path: Path) -> None:
    with visit_log(tmp_path / "visit", lambda text: text.replace("hunter2", "***")) as log:
        log.info("it is %s", "hunter2")
        try:
            raise ValueError("hunter2 again")
        except ValueError:
            log.exception("failed")
    text = (tmp_path / "visit" / "log.txt").read_text()
    assert "it is ***" in text
    assert "hunter2" not in text
