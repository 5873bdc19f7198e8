from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow.handlers.calls import Configure, Declaration, File, Import, ModuleCall, Output, Reference
from mermaid_flow.terraform.assembly import Assembly, assemble, check_alone
from mermaid_flow.terraform.declarations import NodeDeclarations
from mermaid_flow.terraform.errors import DeclarationsInvalid
from mermaid_flow.terraform.library import ModuleLibrary
from tests.terraform.sandbox import MODULES, Sandbox

THING = ModuleCall("thing", "a", {"name": "x"})


@pytest.fixture
def library(tmp_path: Path) -> ModuleLibrary:
    sandbox = Sandbox(tmp_path)
    sandbox.write_modules({**MODULES, "loose": 'variable "name" {}\nvariable "wrong" { type = sring }\n'})
    return ModuleLibrary([sandbox.modules])


def node(name: str, *declarations: Declaration, diagram: str = "flow") -> NodeDeclarations:
    return NodeDeclarations(diagram, name, name, "run-1", declarations)


def values(assembly: Assembly, call: str, name: str) -> list[object]:
    return [contribution.value for contribution in assembly.calls[call].inputs[name]]


def problems(library: ModuleLibrary, *entries: NodeDeclarations) -> list[str]:
    """Message, with the hint behind a bar, of everything that is wrong."""
    with pytest.raises(DeclarationsInvalid) as caught:
        assemble(entries, library)
    return [f"{problem.message} | {problem.hint}".removesuffix(" | ") for problem in caught.value.problems]


def test_what_nodes_configure_joins_the_call_in_the_order_of_the_modules_variables(library: ModuleLibrary) -> None:
    tags = [node("B", Configure("a", {"tags": {"b": 1}, "size": 2})), node("C", Configure("*", {"tags": {"c": 1}}))]
    assembly = assemble([*tags, node("A", ModuleCall("thing", "a", {"tags": {"a": 1}, "name": "x"}))], library)
    assert list(assembly.calls["a"].inputs) == ["name", "size", "tags"]
    assert values(assembly, "a", "tags") == [{"a": 1}, {"b": 1}, {"c": 1}]
    assert assembly.calls["a"].entry.node == "A"


def test_the_star_reaches_every_call_that_has_the_variable(library: ModuleLibrary) -> None:
    calls = [THING, ModuleCall("thing", "b", {"name": "y"}), ModuleCall("script", "c", {"command": "true"})]
    assembly = assemble([node("A", *calls), node("T", Configure("*", {"tags": {"t": "1"}}))], library)
    assert [call for call in assembly.calls if "tags" in assembly.calls[call].inputs] == ["a", "b"]


def test_none_leaves_an_argument_out(library: ModuleLibrary) -> None:
    call = ModuleCall("thing", "a", {"name": "x", "size": None})
    assert list(assemble([node("A", call, Configure("a", {"kind": None}))], library).calls["a"].inputs) == ["name"]


def test_equal_values_from_two_nodes_are_no_conflict(library: ModuleLibrary) -> None:
    entries = [node("A", THING), node("B", Configure("a", {"size": 2})), node("C", Configure("a", {"size": 2}))]
    assert values(assemble(entries, library), "a", "size") == [2]


def test_a_file_that_two_nodes_declare_alike_is_there_once(library: ModuleLibrary) -> None:
    assembly = assemble([node("A", THING, File("x", b"1")), node("B", File("x", b"1"))], library)
    assert assembly.files == (File("x", b"1"),)


def test_a_reference_to_a_map_is_merged_with_a_map(library: ModuleLibrary) -> None:
    other = ModuleCall("thing", "b", {"name": "y", "tags": Reference("a", "tags")})
    entries = [node("A", THING, other), node("B", Configure("b", {"tags": {"x": "1"}}))]
    assert values(assemble(entries, library), "b", "tags") == [Reference("a", "tags"), {"x": "1"}]


@pytest.mark.parametrize(
    ("declarations", "expected"),
    [
        ([ModuleCall("thingy", "a")], "A: module call 'a': there is no module 'thingy' | did you mean 'thing'?"),
        (
            [ModuleCall("thing", "1a", {"name": "x"})],
            "A: '1a' is not a name for a module call | letters, digits, - and",
        ),
        ([ModuleCall("thing", "a")], "A: module call 'a' lacks the argument 'name' (string) | What it is called."),
        (
            [ModuleCall("thing", "a", {"name": "x", "szie": 1})],
            "A: module call 'a': the module 'thing' has no argument 'szie' | did you mean 'size'?",
        ),
        (
            [ModuleCall("thing", "a", {"name": "x", "tags": {"k": []}})],
            "A: module call 'a': argument tags[\"k\"]: expected string, got a list of 0",
        ),
        (
            [ModuleCall("thing", "a", {"name": "x", "kind": "plian"})],
            "A: module call 'a': argument kind: The kind must be plain or fancy.",
        ),
        (
            [ModuleCall("thing", "a", {"name": "x", "size": float("nan")})],
            "A: module call 'a': argument size: Terraform has no number nan",
        ),
        ([ModuleCall("loose", "a", {"name": "x", "wrong": 1})], "A: module call 'a': argument wrong: 'sring' is not a"),
        (
            [ModuleCall("thing", "a", {"name": "x"}, depends_on=("aa",))],
            "A: module call 'a' depends on 'aa', which no node declares | did you mean 'a'?",
        ),
        (
            [THING, ModuleCall("thing", "bb", {"name": Reference("aa", "id")})],
            "A: argument 'name' refers to the module call 'aa', which no node declares | did you mean 'a'?",
        ),
        (
            [THING, ModuleCall("thing", "bb", {"name": "x", "tags": {"k": [Reference("a", "idd")][0]}})],
            "A: argument 'tags' refers to a.idd, which the module does not have | did you mean 'id'?",
        ),
        (
            [THING, Configure("aa", {})],
            "A: it configures the module call 'aa', which no node declares | did you mean 'a'?",
        ),
        ([THING, Configure("*", {"lable": 1})], "A: no module call of the component has the argument 'lable'"),
        ([File("../x", b"")], "A: '../x' is not a name for a file"),
        ([Output("a b", 1)], "A: 'a b' is not a name for an output"),
        ([Output("mflow_calls", 1)], "A: 'mflow_calls' is not a name for an output"),
        ([Output("x", 1), Output("x", 1)], "A: the output 'x' is declared twice"),
        ([Output("x", float("inf"))], "A: output 'x': Terraform has no number inf"),
        ([Output("x", [Reference("a", "id")])], "A: output 'x' refers to the module call 'a', which no node declares"),
    ],
)
def test_a_mistake_is_named_by_node_call_and_argument(
    library: ModuleLibrary, declarations: list[Declaration], expected: str
) -> None:
    found = problems(library, node("A", *declarations))
    assert any(problem.startswith(expected) for problem in found), found


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (THING, THING, "A and B: the module call 'a' is declared twice"),
        (Output("x", 1), Output("x", 2), "A and B: the output 'x' is declared twice"),
        (File("x", b"1"), File("x", b"2"), "A and B: the file 'x' is declared with different contents"),
        (
            ModuleCall("thing", "a", {"name": "x", "size": 1}),
            Configure("a", {"size": 2}),
            "A and B: module call 'a': argument size is set to different values",
        ),
        (
            ModuleCall("thing", "a", {"name": "x", "tags": {"k": "1", "l": "1"}}),
            Configure("*", {"tags": {"k": "2", "l": "1"}}),
            "A and B: module call 'a': argument tags[\"k\"] is set to different values",
        ),
        (
            ModuleCall("script", "a", {"command": "true", "after": [1]}),
            Configure("a", {"after": {"x": 1}}),
            "A and B: module call 'a': argument after is set to different values",
        ),
    ],
)
def test_nodes_that_contradict_each_other_are_both_named(
    library: ModuleLibrary, first: Declaration, second: Declaration, expected: str
) -> None:
    assert problems(library, node("A", first), node("B", second)) == [expected]


def test_a_broken_validation_shows_where_it_stands(library: ModuleLibrary) -> None:
    with pytest.raises(DeclarationsInvalid) as caught:
        assemble([node("A", ModuleCall("thing", "a", {"name": "x", "kind": "?"}))], library)
    where = caught.value.problems[0].where
    assert where is not None
    assert where.excerpt == 'variable "kind" {'
    assert where.path is not None
    assert where.path.endswith("thing/main.tf")


def test_errors_are_sorted_by_node(library: ModuleLibrary) -> None:
    with pytest.raises(DeclarationsInvalid) as caught:
        assemble([node("A", THING, ModuleCall("thing", "b")), node("B", THING, Output("1", 1))], library)
    errors = caught.value.errors
    assert str(errors["A"]).count("\n") >= 1  # both of its problems, one of them shared with B
    assert set(errors) == {"A", "B"}


def test_in_the_middle_of_a_run_a_configure_may_come_before_its_call(library: ModuleLibrary) -> None:
    early = node("B", Configure("later", {"size": 2}), Configure("*", {"unheard": 1}))
    assert assemble([early], library, partial=True).calls == {}
    assert len(problems(library, early)) == 2


def test_one_node_is_checked_before_the_others_have_spoken(library: ModuleLibrary) -> None:
    call = node("A", ModuleCall("thing", "a", {"tags": Reference("later", "tags")}))
    check_alone(call, library)  # the name may still be configured, the other call may still be declared
    check_alone(node("B", Configure("a", {"name": "x"})), library, [call])
    with pytest.raises(DeclarationsInvalid, match="no argument 'nam'"):
        check_alone(node("B", Configure("a", {"nam": "x"})), library, [call])


def test_an_output_is_sensitive_when_what_it_refers_to_is(library: ModuleLibrary) -> None:
    assembly = assemble([node("A", THING)], library)
    assert assembly.is_sensitive({"x": [Reference("a", "secret")]})
    assert not assembly.is_sensitive([Reference("a", "id"), "secret"])


def test_what_exists_is_imported_into_a_call_once(library: ModuleLibrary) -> None:
    here, there = "module.a.terraform_data.this", "module.b.terraform_data.this"
    assembly = assemble([node("A", THING), node("B", Import(here, "1"))], library)
    assert [(entry.node, address.expression, known_by) for entry, address, known_by in assembly.imports] == [
        ("B", here, "1")
    ]
    assert assemble([node("A", THING), node("B", Import(there, "1"))], library, partial=True).imports == ()
    assert problems(library, node("A", THING), node("B", Import(here, "1"), Import(here, "2"))) == [
        f"B: {here} is imported twice"
    ]
    assert problems(library, node("A", THING), node("B", Import(there, "1"))) == [
        "B: it imports into the module call 'b', which no node declares"
    ]
    assert problems(library, node("A", THING), node("B", Import("aws_vpc.this", "1")))[0].startswith(
        "B: 'aws_vpc.this' is no address of a resource in a module call"
    )
