"""CEL expressions."""

import subprocess
import sys

import pytest

from mermaid_flow.errors import Location, MflowError
from mermaid_flow.inputs.expressions import Expression, Scope
from mermaid_flow.inputs.late import LateBound
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.inputs.yaml_reader import load_yaml


@pytest.fixture
def variables() -> Variables:
    return Variables.of(
        {
            "environment": "dev",
            "vpc": {"enable_nat_gateway": True, "azs": ["a", "b"], "id": LateBound("vpc/main", "vpc_id")},
            "ids": [LateBound("vpc/main", "ids")],
            "limit": None,
            "item": "hidden",
        }
    )


@pytest.fixture
def scope(variables: Variables) -> Scope:
    return Scope(variables, {"CreateVPC": {"vpc_id": "vpc-1"}}, {"item": {"size": 3}})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('vars.vpc.enable_nat_gateway && environment != "dev"', False),
        ("vars.vpc.azs.size() == 2 ? ['A', 'B'] : []", ["A", "B"]),
        ('values.CreateVPC.vpc_id.startsWith("vpc-")', True),
        ("item.size + 1", 4),
        ("limit == null", True),
        ("limit", None),
        ("has(vars.vpc.nothing)", False),
        ("{'a': 1.5, 2: 'vars.nothing'}", {"a": 1.5, "2": "vars.nothing"}),
        ('vars.vpc.azs.exists(az, az == "b")', True),
        ('vars.vpc.azs.map(az, az + "1")', ["a1", "b1"]),
    ],
)
def test_an_expression_sees_vars_values_items_and_variables(scope: Scope, text: str, value: object) -> None:
    assert Expression(text).evaluate(scope) == value


def test_a_scope_lists_its_names(scope: Scope) -> None:
    assert set(scope) == {"vars", "values", "item", "environment", "vpc", "ids", "limit"}
    assert len(scope) == 7
    assert "nothing" not in scope
    assert dict(Scope(Variables()))["values"] == {}


def test_the_vars_that_an_expression_reads_are_marked(scope: Scope, variables: Variables) -> None:
    expression = Expression('vars.vpc.azs.size() > 1 && environment == "vars.limit"')
    expression.evaluate(scope)
    assert variables.used() == {"vpc.azs", "environment"}
    assert expression.names() == ("environment", "vars")
    assert repr(expression).startswith("Expression('vars.vpc")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("enviroment", "expression.unknown_name", "did you mean 'environment'?"),
        ("vars.vpc.enable_nat", "expression.unknown_name", "'vars.vpc' has no entry 'enable_nat'"),
        ("values.CreateVP.vpc_id", "expression.unknown_name", "did you mean 'CreateVPC'?"),
        ("values.CreateVPC['x']", "expression.unknown_name", "there is no entry 'x'"),
        ("nothing(1)", "expression.unknown_name", "'nothing' is not known"),
        ("limit > 2", "expression.value", "compare with null first"),
        ("1 / 0", "expression.value", "division by zero"),
        ("[1][3]", "expression.value", "out of bounds"),
        ("duration('3s')", "expression.value", "no plain value"),
        ("[b'x']", "expression.value", "no plain value"),
        ("vars.vpc.id == ''", "expression.late", "'vars.vpc.id' is known only after apply"),
        ("has(vars.vpc.id)", "expression.late", "'vars.vpc.id' is known only after apply"),
        ("vpc == {}", "expression.late", "'vpc' holds values that are known only after apply"),
        ("ids[0]", "expression.late", "'ids' holds values"),
        ("vars['vpc'].id", "expression.late", "'vars' holds values"),
    ],
)
def test_what_cannot_be_evaluated_is_told_in_one_message(scope: Scope, text: str, code: str, said: str) -> None:
    with pytest.raises(MflowError) as caught:
        Expression(text).evaluate(scope)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert caught.value.message.startswith(text)


def test_an_error_of_an_expression_in_a_file_is_shown_there(scope: Scope) -> None:
    where = Location("mflow.yaml", 3, 9, 3, 20, "  expr: enviroment")
    with pytest.raises(MflowError) as caught:
        Expression("enviroment", where).evaluate(scope)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [('x: "1 + * 2"\n', 1, 9), ("x: 1 + * 2\n", 1, 8), ("x: |\n  1 + * 2\n", 1, 1), ('x: "1 +\\n* 2"\n', 1, 4)],
)
def test_a_syntax_error_is_shown_at_its_character(written: str, line: int, column: int) -> None:
    document = load_yaml(written, "mflow.yaml")
    assert isinstance(document.value, dict)
    with pytest.raises(MflowError) as caught:
        Expression(document.value["x"], document.where(("x",)))
    assert caught.value.code == "expression.syntax"
    assert (caught.value.where and caught.value.where.line, caught.value.where and caught.value.where.column) == (
        line,
        column,
    )


@pytest.mark.parametrize("text", ["", "1 +", "a b", "'open", "if", "(" * 300 + "1" + ")" * 300])
def test_what_is_no_expression_is_an_error_with_a_caret(text: str) -> None:
    with pytest.raises(MflowError) as caught:
        Expression(text)
    assert caught.value.where is not None
    assert caught.value.where.path == "<expression>"


def test_the_library_is_loaded_with_the_first_expression_only() -> None:
    program = "import sys, mermaid_flow.inputs.expressions; print('cel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
