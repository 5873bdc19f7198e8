"""What users test their handlers and diagrams with."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from mermaid_flow import Configure, Context, MflowError, ModuleCall, Output, Skipped, action, configure, decision
from mermaid_flow.testing import call, make_context, play

DIAGRAM = """flowchart TD
    Start([Start]) --> Make[Make it]
    Make --> Wanted{Wanted?}
    Wanted -->|Yes| More[More of it]
    Wanted -->|No| Skip[Skip it]
    More --> Out[Output]
    Skip --> Out
"""


def handlers() -> ModuleType:
    module = ModuleType("handlers_for_test")

    @configure("Make it")
    def make(context: Context) -> list[object]:
        return [ModuleCall("thing", "thing", {"size": context.vars.require("size", int)}), {"made": True}]

    @decision("Wanted?")
    def wanted(context: Context) -> object:
        return context.vars.get("wanted", bool, False)

    @configure("More of it")
    def more(context: Context) -> Configure:
        return Configure("thing", {"more": context.values["Make"]["made"]})

    @configure("Skip it")
    def skip(context: Context) -> Skipped:
        return Skipped("not wanted")

    @action("Output")
    def output(context: Context) -> dict[str, object]:
        context.log.info("reading outputs")
        return dict(context.component.outputs())

    vars(module).update(make=make, wanted=wanted, more=more, skip=skip, output=output)
    return module


def test_a_diagram_is_played_with_stand_ins() -> None:
    record = play(DIAGRAM, handlers=[handlers()], vars={"size": 3, "wanted": True}, outputs={"test": {"id": "x"}})
    assert record.status == "succeeded"
    assert record.nodes["More"].status == "succeeded"
    assert record.nodes["Skip"].status == "skipped"
    last = record.nodes["Out"].last
    assert last is not None and last.values == {"id": "x"}
    assert "reading outputs" in last.log.read_text()


def test_answers_beat_variables() -> None:
    record = play(DIAGRAM, handlers=[handlers()], vars={"size": 3, "wanted": True}, answers={"Wanted": "No"})
    skip = record.nodes["Skip"].last
    assert skip is not None and skip.skipped == "not wanted"
    assert record.nodes["More"].status == "skipped"


def test_a_failing_handler_fails_the_run() -> None:
    record = play(DIAGRAM, handlers=[handlers()], vars={"size": "many"})
    assert record.status == "failed"
    last = record.nodes["Make"].last
    assert last is not None and last.error is not None
    assert "size" in last.error.message
    assert record.nodes["Out"].status == "blocked"


def test_a_file_is_played_under_its_name(tmp_path: Path) -> None:
    file = tmp_path / "shop.mmd"
    file.write_text("graph TD\n A([x]) --> B([y])\n")
    assert play(file, handlers=[], folder=tmp_path).metadata.diagram == "shop"


def test_sequence_diagrams_are_refused() -> None:
    with pytest.raises(MflowError, match="flowcharts"):
        play("sequenceDiagram\n A->>B: hi\n", handlers=[])


def test_one_handler_is_called_alone() -> None:
    @configure("Make it")
    def make(context: Context) -> ModuleCall:
        return ModuleCall("thing", context.node.id, {"size": context.vars["size"], "of": context.values["A"]["b"]})

    result = call(make, vars={"size": 2}, values={"A": {"b": 1}})
    assert result.declarations == (ModuleCall("thing", "Node", {"size": 2, "of": 1}),)


def test_stand_in_components_keep_what_they_are_told() -> None:
    context = make_context(outputs={"vpc": {"id": "v", "call": {"out": 1}}}, diagram="vpc")
    component = context.component
    component.declare("N", [Output("id", 1)])
    assert component.outputs() == {"id": "v", "call": {"out": 1}}
    assert component.call_outputs("call") == {"out": 1}
    assert context.components.open("vpc") is component
    component.destroy()
    assert component.destroyed and component.applied == 1  # type: ignore[attr-defined]  # the stand-in's own
    with pytest.raises(MflowError, match="no sub-workflow"):
        context.run_diagram("other")
