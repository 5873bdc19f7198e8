"""The closest binding wins, and equally close ones are named."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from mermaid_flow import (
    Configure,
    Context,
    MflowError,
    ModuleCall,
    Output,
    Skipped,
    action,
    check,
    configure,
    decision,
    message,
    participant,
)
from mermaid_flow.handlers.calls import Result
from mermaid_flow.handlers.loader import handlers_of
from mermaid_flow.handlers.registry import Registry, normalise, sort_out


def module(**functions: object) -> ModuleType:
    made = ModuleType("made_for_test")
    vars(made).update(functions)
    return made


def registry(**functions: object) -> Registry:
    return Registry(handlers_of(module(**functions)))


def name(found: object) -> str:
    assert found is not None
    return str(found.function.__name__)  # type: ignore[attr-defined]  # a Handler


def test_an_id_beats_a_label_and_a_label_beats_a_pattern() -> None:
    @action("CreateVPC")
    def by_id(context: Context) -> None: ...

    @action("Create VPC")
    def by_label(context: Context) -> None: ...

    @action("Create *")
    def by_pattern(context: Context) -> None: ...

    @action(re.compile("Create .*"))
    def by_expression(context: Context) -> None: ...

    everything = registry(a=by_id, b=by_label, c=by_pattern)
    assert name(everything.action("CreateVPC", "Create VPC", "vpc")) == "by_id"
    assert name(everything.action("Other", "Create VPC", "vpc")) == "by_label"
    assert name(everything.action("Other", "Create Subnets", "vpc")) == "by_pattern"
    assert everything.action("Other", "Delete VPC", "vpc") is None
    assert name(registry(d=by_expression).action("X", "Create it", "vpc")) == "by_expression"


def test_a_binding_to_this_diagram_beats_one_to_any() -> None:
    @action("Create VPC")
    def anywhere(context: Context) -> None: ...

    @configure("Create *", diagram="vpc")
    def here(context: Context) -> None: ...

    both = registry(a=anywhere, b=here)
    assert name(both.action("CreateVPC", "Create VPC", "vpc")) == "here"
    assert name(both.action("CreateVPC", "Create VPC", "other")) == "anywhere"


def test_a_label_that_nothing_is_bound_to_has_a_suggestion() -> None:
    @configure("Create VPC", diagram="vpc")
    def create_vpc(context: Context) -> None: ...

    @configure("Create Subnets")
    def create_subnets(context: Context) -> None: ...

    found = registry(create_vpc=create_vpc, create_subnets=create_subnets)
    assert found.action("C", "Create VPC", "copy") is None
    assert found.suggestion("Create\nVPC").endswith("create_vpc does this for the diagram vpc only")
    assert found.suggestion("Create Subnet") == "did you mean 'Create Subnets'?"
    assert found.suggestion("Paint it") == ""


def test_two_equally_close_bindings_are_an_error_that_names_both() -> None:
    @action("Create VPC")
    def first(context: Context) -> None: ...

    @action("Create VPC")
    def second(context: Context) -> None: ...

    with pytest.raises(MflowError, match=r"first.*second") as raised:
        registry(a=first, b=second).action("V", "Create VPC", "vpc")
    assert raised.value.code == "binding.ambiguous"


def test_line_breaks_in_a_label_do_not_matter() -> None:
    @action("Create the VPC")
    def create(context: Context) -> None: ...

    assert registry(a=create).action("V", normalise("Create\n the  VPC"), "vpc") is not None


def test_decisions_checks_and_actions_are_kept_apart() -> None:
    @decision("Needed?", aliases={"yes please": "Yes"}, probe=True)
    def needed(context: Context) -> bool:
        return True

    @check(diagram="vpc")
    def fits(context: Context) -> list[MflowError]:
        return []

    found = registry(a=needed, b=fits)
    assert found.action("N", "Needed?", "vpc") is None
    answer = found.decision("N", "Needed?", "vpc")
    assert answer is not None and answer.mark.probe and answer.mark.aliases == {"yes please": "Yes"}
    assert [name(handler) for handler in found.checks("vpc")] == ["fits"]
    assert found.checks("other") == ()


def test_messages_are_bound_to_a_participant_by_id_or_description() -> None:
    @message("Terraform", "Run *", "Plan")
    def run(context: Context) -> None: ...

    @participant("AWS Cloud")
    class Cloud:
        @message(None, "Retrieve current state", timeout=3)
        def retrieve(self, context: Context) -> dict[str, object]:
            return {}

    found = registry(a=run, b=Cloud)
    assert found.message(("Terraform", "Terraform"), "Run terraform plan", "drift") is not None
    assert found.message(("Other",), "Run terraform plan", "drift") is None
    method = found.message(("AWS", "AWS Cloud"), "Retrieve current state", "drift")
    assert method is not None and method.mark.timeout == 3
    bound = found.participant(("AWS", "AWS Cloud"), "drift")
    assert bound is not None and bound.function is Cloud
    assert found.participant(("Terraform",), "drift") is None


def test_a_handler_says_its_name_and_place() -> None:
    @action("X")
    def create(context: Context) -> None: ...

    [handler] = handlers_of(module(a=create))
    assert handler.name.startswith("test_registry.")
    assert handler.where is not None and handler.where.path == __file__
    assert registry(a=create).suggestion("Y-X") == ""


def test_results_are_sorted_out() -> None:
    call, more, output = ModuleCall("vpc", "vpc"), Configure("vpc", {"a": 1}), Output("id", 1)
    assert sort_out(None, "h") == Result()
    assert sort_out(Skipped("not wanted"), "h").skipped == "not wanted"
    assert sort_out(call, "h").declarations == (call,)
    everything = sort_out([call, {"a": 1}, more, {"b": 2}, output], "h")
    assert everything.declarations == (call, more, output)
    assert everything.values == {"a": 1, "b": 2}
    assert sort_out([Skipped("why")], "h").skipped == "why"
    assert sort_out(everything, "h") is everything
    with pytest.raises(MflowError, match="returned int"):
        sort_out(7, "h")
