"""Dependencies between the components of stacks."""

from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.inputs.stack_dependencies import dependencies, in_dependency_order
from mermaid_flow.inputs.stacks import Stack, load_stack

STACKS = Path(__file__).parent / "stacks"


@pytest.fixture
def dev() -> Stack:
    return load_stack(STACKS / "acme" / "stacks", "dev-01", {})


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("vpc/main", []),
        (
            "eks/main",
            [("vpc/main", None), ("iam/ci", None), ("dns/root", "acme-hub-prod"), ("vpc/hub", "acme-hub-prod")],
        ),
        ("rds/main", [("vpc/main", None), ("kms/main", "acme-hub-prod")]),
        ("lambda/jobs", [("vpc/main", None), ("vpc/services", None), ("rds/main", None)]),
    ],
)
def test_every_way_to_write_a_dependency_is_read(dev: Stack, name: str, needed: list[tuple[str, str | None]]) -> None:
    assert [(each.component, each.stack) for each in dependencies(dev, name)] == needed


def test_a_dependency_knows_where_it_was_written(dev: Stack) -> None:
    where = dependencies(dev, "rds/main")[1].where
    assert where is not None
    assert (Path(str(where.path)).name, where.line) == ("compute.yaml", 31)


def test_components_come_after_what_they_depend_on(dev: Stack) -> None:
    order = [each.name for each in in_dependency_order(dev)]
    assert sorted(order) == [
        *("api/templated", "eks/main", "iam/ci", "lambda/jobs", "rds/main", "vpc/main", "vpc/services"),
    ]
    assert order.index("vpc/main") < order.index("rds/main") < order.index("lambda/jobs")
    assert order.index("iam/ci") < order.index("eks/main")


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("depends-circle", 3, "a depends on b depends on c depends on a"),
        ("depends-unknown", 4, "eks depends on 'vpc/mian', which the stack does not define"),
        ("late-unknown", 4, "eks takes an output of 'vpc/mian', which the stack does not define"),
        ("depends-text", 4, "`dependencies.components` must be a list"),
        ("depends-nothing", 3, "a dependency in `settings.depends_on` names no component"),
    ],
)
def test_what_is_broken_is_shown_with_its_place(name: str, line: int, message: str) -> None:
    with pytest.raises(MflowError) as caught:
        in_dependency_order(load_stack(STACKS / "broken", name))
    assert message in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_empty_dependencies_replace_the_older_form_and_this_stack_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(
        """\
name: acme-dev
vars: {tenant: acme, stage: dev}
components:
  terraform:
    vpc: {}
    a: {dependencies: {components: []}, settings: {depends_on: {1: {component: vpc}}}}
    b: {dependencies: {components: [{component: vpc, stack: acme-dev}]}}
    c: {settings: {depends_on: [{component: vpc, tenant: acme}, {component: vpc, stage: prod}]}}
    d: {vars: {id: !terraform.output vpc acme-dev id, own: !terraform.state d x}}
"""
    )
    stack = load_stack(tmp_path, "acme-dev")
    needed = {name: [(each.component, each.stack) for each in dependencies(stack, name)] for name in "abcd"}
    assert needed == {"a": [], "b": [("vpc", None)], "c": [("vpc", None), ("vpc", "prod")], "d": [("vpc", None)]}
