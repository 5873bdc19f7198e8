"""Vars files and --set."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.inputs.layers import load_inputs, unknown_settings
from mermaid_flow.inputs.variables import Layer

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def write_file(name: str, text: str) -> Path:
        Path(name).write_text(text, encoding="utf-8")
        return Path(name)

    return write_file


def test_files_are_merged_in_order_and_set_comes_last(write: Write) -> None:
    base = write("base.yaml", "vpc: {cidr: 10.0.0.0/16, azs: [a, b]}\nenvironment: dev\n")
    over = write("over.yaml", "vpc:\n  azs: [c]\n")
    inputs = load_inputs([base, over], ["environment=prod", "new.deep=[1, 2]"])
    assert inputs.variables.to_plain() == {
        "vpc": {"cidr": "10.0.0.0/16", "azs": ["c"]},
        "environment": "prod",
        "new": {"deep": [1, 2]},
    }
    assert inputs.variables.origin("vpc.azs") == "over.yaml:2:8"
    assert inputs.variables.origin("environment") == "--set environment"
    assert [setting.name for setting in inputs.settings] == ["environment", "new.deep"]


def test_layers_given_lie_below_the_files(write: Write) -> None:
    inputs = load_inputs([write("a.yaml", "a: 1\n")], base=[Layer("stack", {"a": 0, "b": 0})])
    assert inputs.variables.to_plain() == {"a": 1, "b": 0}


@pytest.mark.parametrize("text", ["", "# nothing\n", "vars:\n", "decisions:\nmflow:\n"])
def test_an_empty_file_has_no_variables(write: Write, text: str) -> None:
    variables = load_inputs([write("a.yaml", text)]).variables
    assert variables.to_plain() in ({}, {"vars": None})


def test_decisions_and_settings_of_the_run_are_split_off_with_their_places(write: Write) -> None:
    text = "a: 1\ndecisions:\n  APIType: HTTP\n  'Event Triggers?': [SQS, S3]\nmflow: {max_laps: 3}\n"
    inputs = load_inputs([write("a.yaml", text), write("b.yaml", "decisions: {APIType: REST}\n")])
    assert inputs.variables.to_plain() == {"a": 1}
    assert inputs.decisions["APIType"].value == "REST"
    assert inputs.decisions["APIType"].origin == "b.yaml:1:22"
    assert inputs.decisions["Event Triggers?"].value == ["SQS", "S3"]
    assert inputs.options.require("max_laps", int) == 3
    assert inputs.options.origin("max_laps") == "a.yaml:5:19"


def test_a_vars_map_and_the_json_of_atmos_are_read(write: Write) -> None:
    yaml = write("a.yaml", "vars:\n  decisions: kept\n  x: 1\ndecisions: {Q: Yes}\n")
    described = {"vars": {"x": 2}, "component": "vpc", "atmos_stack": "acme-dev", "metadata": {}, "workspace": "w"}
    inputs = load_inputs([yaml, write("b.json", json.dumps(described))])
    assert inputs.variables.to_plain() == {"decisions": "kept", "x": 2}
    assert inputs.variables.origin("x") == "b.json:1:16"
    assert inputs.decisions["Q"].value == "Yes"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "must be a map of variables, but is a list of 1 item"),
        ("just a text", "must be a map of variables"),
        ("decisions: [a]\n", "`decisions` in a.yaml must be a map"),
        ("decisions: {a: {b: 1}}\n", "the answer to 'a' must be one value or a list"),
        ("decisions: {a: [[b]]}\n", "the answer to 'a' must be one value or a list"),
        ("mflow: 3\n", "`mflow` in a.yaml must be a map"),
        ("vars: {a: 1}\nenabled: true\n", "'enabled' stands beside `vars`"),
        ("vars: {a: 1}\ndecision: {}\n", "did you mean 'decisions'?"),
        ("import: [x]\n", "is an Atmos stack"),
        ("components: {}\n", "is an Atmos stack"),
        ("components: {terraform: {vpc: {}}}\n", "is an Atmos stack"),
        ("a: [1\n", "expected ',' or ']'"),
    ],
)
def test_a_file_of_another_form_is_shown_with_its_place(write: Write, text: str, message: str) -> None:
    with pytest.raises(MflowError) as caught:
        load_inputs([write("a.yaml", text)])
    assert message in str(caught.value)
    assert str(caught.value.where).startswith("a.yaml:")


def test_all_mistakes_are_told_at_once(write: Write) -> None:
    with pytest.raises(Problems) as caught:
        load_inputs([write("a.yaml", "a: [\n"), Path("none.yaml")], ["x", "=1", "a.=1", "a=[", "n=" + "9" * 5000])
    assert [problem.code for problem in caught.value.problems] == [
        "inputs.yaml",
        "inputs.file",
        "inputs.set",
        "inputs.set",
        "inputs.path",
        "inputs.set",
        "inputs.set",
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("3", 3),
        ("1.5", 1.5),
        ("null", None),
        ("", ""),
        ("yes", "yes"),
        ("012", "012"),
        ('"12"', "12"),
        ("'it''s'", "it's"),
        ("[a, 1]", ["a", 1]),
        ("{a: [1]}", {"a": [1]}),
        ("a: b #c", "a: b #c"),
        ("*x", "*x"),
        ("!x y", "!x y"),
        ("- a", "- a"),
        ("a=b=c", "a=b=c"),
        ("10.0.0.0/16", "10.0.0.0/16"),
    ],
)
def test_a_set_value_is_a_scalar_or_a_flow_form(written: str, value: object) -> None:
    assert load_inputs([], [f"a={written}"]).variables["a"] == value


@given(st.text(st.characters(exclude_characters="{[\"'", exclude_categories=["Cs"])))
def test_text_that_means_nothing_else_arrives_as_it_was_typed(text: str) -> None:
    value = load_inputs([], [f"a={text}"]).variables["a"]
    assert isinstance(value, bool | int | float | None) or value == text.strip()


def test_a_set_can_change_one_item_of_a_list_and_names_with_dots(write: Write) -> None:
    file = write("a.yaml", "azs: [a, b]\nsubnets: [{cidr: x, az: a}]\ntags: {example.com/x: 1}\n")
    inputs = load_inputs([file], ["azs.1=z", "subnets.0.cidr=y", "tags.example.com/x=2", 'tags."a.b"=3'])
    assert inputs.variables.to_plain() == {
        "azs": ["a", "z"],
        "subnets": [{"cidr": "y", "az": "a"}],
        "tags": {"example.com/x": 2, "a.b": 3},
    }


@pytest.mark.parametrize("setting", ["azs.5=x", "azs.name=x", "cidr.x=1"])
def test_a_set_below_something_that_has_no_such_entry_is_an_error(write: Write, setting: str) -> None:
    file = write("a.yaml", "azs: [a]\ncidr: 10.0.0.0/8\nnothing: null\n")
    with pytest.raises(MflowError) as caught:
        load_inputs([file], ["nothing.x=1", setting])
    assert caught.value.code == "inputs.set"
    assert str(caught.value.where).startswith("a.yaml:")


def test_a_set_of_a_decision_answers_it_and_is_no_variable() -> None:
    names = ["APIType", "API Type?", "a=b?"]
    inputs = load_inputs([], ["APIType=REST", "API Type?=[HTTP]", "a=b?=Yes", "api_type=x"], decision_names=names)
    assert {name: setting.value for name, setting in inputs.answers.items()} == {
        "APIType": "REST",
        "API Type?": ["HTTP"],
        "a=b?": "Yes",
    }
    assert inputs.answers["APIType"].origin == "--set APIType"
    assert inputs.variables.to_plain() == {"api_type": "x"}


def test_origins_do_not_show_values_that_may_be_secrets() -> None:
    inputs = load_inputs([], ["db.password=hunter2"])
    assert "hunter2" not in repr((inputs.variables.origin("db.password"), inputs.settings[0].origin))


def test_names_that_mean_nothing_are_errors_with_the_closest_name(write: Write) -> None:
    file = write("a.yaml", "azs: [a]\ndecisions: {NATGatwayNeeded: Yes}\n")
    inputs = load_inputs([file], ["azs=[b]", "enable_nat=true", "NATGatewayNeedd=Yes"])
    decisions = ["NATGatewayNeeded"]
    assert [problem.code for problem in unknown_settings(inputs, decisions)] == ["inputs.unknown_decision"]
    wrong, *settings = unknown_settings(inputs, decisions, ["enable_nat_gateway"])
    assert "'NATGatewayNeeded'" in wrong.hint
    assert str(wrong.where) == "a.yaml:2:30"
    assert [problem.hint for problem in settings] == [
        "did you mean 'enable_nat_gateway'?",
        "did you mean 'NATGatewayNeeded'?",
    ]
    assert unknown_settings(load_inputs([], ["zzz=1"]), [], [])[0].hint == ""
    assert "decisions: NATGatewayNeeded" in unknown_settings(load_inputs([], ["zzz=1"]), decisions, [])[0].hint
