"""How decisions are answered, and values matched to labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.inputs.decisions import Bound, DecisionAnswer, Question, answer, find_value, match_value, snake_case
from mermaid_flow.inputs.layers import Setting
from mermaid_flow.inputs.variables import Variables

NODE = Location("vpc.mmd", 7, 5, 7, 20)
NAT = Question("NATGatewayNeeded", "NAT Gateway Needed?", ("Yes", "No"), where=NODE)


def given_as(name: str, value: object) -> dict[str, Setting]:
    return {name: Setting(name, value, f"given {name}", Location("dev.yaml", 1, 1, 1, 2))}


def ask(question: Question = NAT, **sources: object) -> DecisionAnswer:
    known: dict[str, object] = {"answers": {}, "decisions": {}, "variables": Variables()}
    return answer(question, **{**known, **sources})  # type: ignore[arg-type]  # the tests below name the sources


@pytest.mark.parametrize(
    ("value", "labels", "picked"),
    [
        ("Yes", ["Yes", "No"], (0,)),
        ("yes", ["Yes", "No"], (0,)),
        ("NO", ["Yes", "No"], (1,)),
        (True, ["Yes", "No"], (0,)),
        (False, ["Yes", "No"], (1,)),
        (True, ["Disabled", "Enabled"], (1,)),
        (False, ["True", "False"], (1,)),
        (None, ["PostgreSQL", "None"], (1,)),
        ("", ["Skip", "Do it"], (0,)),
        ([], ["Yes", "No"], (1,)),
        ("None", ["None", "JWT"], (0,)),
        ("rest-api", ["REST API", "HTTP API"], (0,)),
        ("GP2", ["gp2", "GP2"], (1,)),
        (8, ["8", "10"], (0,)),
        (1.5, ["1.5"], (0,)),
        (["SQS", "s3"], ["S3", "SNS", "SQS"], (0, 2)),
        ([True, None], ["Yes", "None"], (0, 1)),
        ("mariadb", ["PostgreSQL", "else"], (1,)),
        ("mariadb", ["PostgreSQL", ""], (1,)),
        (["PostgreSQL", "mariadb"], ["PostgreSQL", "MySQL", " Otherwise "], (0, 2)),
        ("default", ["default", "other"], (0,)),
        ("Yes", ["Yes", "No", "Yes"], (0, 2)),
        ("Straße", ["STRASSE"], (0,)),
    ],
)
def test_a_value_picks_its_label(value: object, labels: list[str], picked: tuple[int, ...]) -> None:
    assert match_value(value, labels) == picked


@pytest.mark.parametrize(
    ("value", "picked"),
    [("postgres", (0,)), ("POSTGRES", (0,)), ("both", (0, 1)), (True, (1,)), (None, (1,)), (3, (0,))],
)
def test_an_alias_stands_for_its_labels(value: object, picked: tuple[int, ...]) -> None:
    aliases = {
        "postgres": "PostgreSQL",
        "both": ["PostgreSQL", "MySQL"],
        "true": "MySQL",
        "null": "MySQL",
        "3": "PostgreSQL",
    }
    assert match_value(value, ["PostgreSQL", "MySQL"], aliases) == picked


@pytest.mark.parametrize(
    ("value", "labels", "code", "said"),
    [
        (
            "gp3",
            ["Standard", "GP2", "io1"],
            "decision.unknown_label",
            "did you mean 'GP2'?; labels: Standard, GP2, io1",
        ),
        (True, ["A", "B"], "decision.unknown_label", "labels: A, B"),
        (["A", "C"], ["A", "B"], "decision.unknown_label", '"C"'),
        ("x", [], "decision.unknown_label", '"x"'),
        ("…", ["!", "?"], "decision.unknown_label", "…"),
        (True, ["Yes", "Enabled"], "decision.ambiguous", "Yes, Enabled"),
        ("gp2", ["GP2", "gp-2"], "decision.ambiguous", "GP2, gp-2"),
        (None, ["None", "Skip"], "decision.ambiguous", "None, Skip"),
        ("x", ["else", ""], "decision.ambiguous", "one without a label"),
        ({}, ["A"], "decision.form", "a map of 0 entries"),
        ([["A"]], ["A"], "decision.form", "a list of 1 item"),
    ],
)
def test_a_value_that_picks_nothing_or_too_much_is_an_error(
    value: object, labels: list[str], code: str, said: str
) -> None:
    with pytest.raises(MflowError) as caught:
        match_value(value, labels)
    assert caught.value.code == code
    assert said in str(caught.value)


def test_an_alias_for_no_label_is_an_error() -> None:
    with pytest.raises(MflowError, match="no label here") as caught:
        match_value("pg", ["PostgreSQL"], {"pg": "Postgres"})
    assert caught.value.code == "decision.alias"
    assert "'PostgreSQL'" in caught.value.hint


labels_lists = st.lists(st.text(max_size=8), max_size=5)
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


@given(scalars | st.lists(scalars, max_size=4), labels_lists)
def test_matching_picks_indexes_of_labels_or_says_why_not(value: object, labels: list[str]) -> None:
    try:
        picked = match_value(value, labels)
    except MflowError as error:
        assert error.code.startswith("decision.")
        return
    assert picked
    assert list(picked) == sorted(set(picked))
    assert set(picked) <= set(range(len(labels)))
    if not isinstance(value, list):
        assert len({labels[index] for index in picked}) == 1


@given(
    st.lists(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 -]{0,8}", fullmatch=True), min_size=1, max_size=5, unique=True),
    st.data(),
)
def test_a_label_written_exactly_is_always_picked(labels: list[str], data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(labels))
    same = {index for index, other in enumerate(labels) if other.strip() == label.strip()}
    if len(same) == 1:
        assert set(match_value(label, labels)) == same


@given(st.lists(st.sampled_from(["SQS", "S3", "SNS", "Kinesis"]), min_size=1), st.randoms())
def test_a_list_picks_what_its_items_pick_in_any_order(items: list[str], random: object) -> None:
    labels = ["S3", "SQS", "Kinesis", "SNS"]
    expected = tuple(sorted({index for item in items for index in match_value(item, labels)}))
    assert match_value(items, labels) == match_value(list(reversed(items)), labels) == expected


def test_the_sources_are_asked_in_the_order_of_the_semantics() -> None:
    sources: dict[str, object] = {
        "answers": given_as("NATGatewayNeeded", "Yes"),
        "decisions": given_as("NAT Gateway Needed?", "No"),
        "expression": Bound(lambda: True, "mflow.yaml:3:4"),
        "function": Bound(lambda: False, "handlers/vpc.py"),
        "variables": Variables.of({"nat_gateway_needed": True}),
    }
    answered = []
    for name in ("answers", "decisions", "expression", "function", "variables"):
        result = ask(**sources)
        answered.append((result.source, result.labels, result.where))
        del sources[name]
    assert answered == [
        ("command line", ("Yes",), "given NATGatewayNeeded"),
        ("decisions", ("No",), "given NAT Gateway Needed?"),
        ("expression", ("Yes",), "mflow.yaml:3:4"),
        ("function", ("No",), "handlers/vpc.py"),
        ("variable", ("Yes",), "vars"),
    ]


def test_what_is_not_needed_is_not_evaluated() -> None:
    def never() -> object:
        raise AssertionError

    assert ask(answers=given_as("NATGatewayNeeded", "No"), function=Bound(never, "")).indexes == (1,)


def test_the_variable_named_by_the_id_goes_before_that_of_the_label() -> None:
    question = Question("Engine", "Engine Type?", ("A", "B"))
    variables = Variables.of({"engine_type": "A", "engine": "B"})
    assert ask(question, variables=variables).labels == ("B",)
    assert ask(question, variables=Variables.of({"engine_type": "A"})).value == "A"
    assert variables.used() == {"engine"}


def test_the_default_edge_answers_when_nothing_else_does() -> None:
    result = ask(Question("Q", "?", ("Yes", "else"), where=NODE))
    assert result == DecisionAnswer(None, (1,), ("else",), "default", "vpc.mmd:7:5")
    assert ask(Question("Q", "?", ("",))).where == ""


def test_no_answer_at_all_tells_the_ways_to_give_one() -> None:
    with pytest.raises(MflowError) as caught:
        ask(variables=Variables.of({"nat_gateway_need": 1}))
    assert caught.value.code == "decision.unanswered"
    assert caught.value.where == NODE
    for said in (
        "labels: Yes, No",
        "nat_gateway_needed",
        "--set NATGatewayNeeded=…",
        "did you mean 'nat_gateway_need'?",
    ):
        assert said in caught.value.hint


def test_an_answer_that_fits_no_label_is_shown_where_it_was_given() -> None:
    with pytest.raises(MflowError) as caught:
        ask(decisions=given_as("NATGatewayNeeded", "Maybe"))
    assert str(caught.value.where) == "dev.yaml:1:1"
    assert "decision NATGatewayNeeded" in caught.value.message
    assert "decisions: given NATGatewayNeeded" in caught.value.message
    with pytest.raises(MflowError) as caught:
        ask(expression=Bound(lambda: "Maybe", "mflow.yaml"))
    assert caught.value.where == NODE


def test_a_value_is_found_without_labels_too() -> None:
    found = find_value(
        "", "each environment", answers={}, decisions={}, variables=Variables.of({"each_environment": ["a"]})
    )
    assert found is not None
    assert found.value == ["a"]
    assert find_value("", "?!", answers={}, decisions={}, variables=Variables()) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("NATGatewayNeeded", "nat_gateway_needed"),
        ("NAT Gateway Needed?", "nat_gateway_needed"),
        ("MultiAZ", "multi_az"),
        ("Multi-AZ?", "multi_az"),
        ("ConfigureXRay", "configure_x_ray"),
        ("Route53Zone", "route53_zone"),
        ("api_type", "api_type"),
        ("?!", ""),
    ],
)
def test_names_of_nodes_become_names_of_variables(text: str, name: str) -> None:
    assert snake_case(text) == name
