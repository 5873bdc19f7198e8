"""What drift detection looks at, and that one component that cannot be checked stops no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mermaid_flow.errors import MflowError, Problems, RunFailed
from mermaid_flow.handlers.context import Cancelled
from mermaid_flow.inputs.variables import Variables
from mermaid_flow.session.drift import Inventory, environments_in, look, named_stacks, report_of
from mermaid_flow.session.project import Project
from mermaid_flow.terraform.drift import DriftKind


@dataclass
class Found:
    """A component that is deployed."""

    name: str
    folder: Path
    error: Exception | None = None

    def drift(self) -> Mapping[str, object]:
        if self.error:
            raise self.error
        return {"component": self.name, "kind": "in sync", "resources": [], "outputs": []}


@dataclass
class Deployed:
    """The components of a target."""

    found: list[Found] = field(default_factory=list)

    def existing(self) -> list[Found]:
        return self.found


def deployed(*parts: tuple[str, ...]) -> Any:
    """Components by the parts of their path; a part may hold a slash."""
    return Deployed([Found("/".join(each), Path(*(quote(part, safe="") for part in each))) for each in parts])


def inventory(components: Any, variables: Mapping[str, object] | None = None, **more: Any) -> Inventory:
    project = Project(Path("/nowhere"), context=("tenant", "environment"), **more)
    return Inventory(project, Variables.of(variables or {}), components)


HERE = deployed(("acme", "dev", "vpc"), ("acme", "dev", "vpc/main"), ("acme", "prod", "rds"), ("lone",))


def test_without_anything_else_it_is_what_is_deployed() -> None:
    assert inventory(HERE).environments() == [
        {
            "name": "acme/dev",
            "components": [{"name": "vpc", "path": "acme/dev/vpc"}, {"name": "vpc/main", "path": "acme/dev/vpc/main"}],
        },
        {"name": "acme/prod", "components": [{"name": "rds", "path": "acme/prod/rds"}]},
        {"name": "default", "components": [{"name": "lone", "path": "lone"}]},
    ]


def test_vars_list_environments_and_what_should_be_there() -> None:
    variables = {
        "tenant": "acme",
        "environments": ["dev", {"name": "p", "environment": "prod", "components": ["rds", {"name": "sns"}]}],
    }
    assert inventory(HERE, variables).environments() == [
        {
            "name": "dev",
            "components": [{"name": "vpc", "path": "acme/dev/vpc"}, {"name": "vpc/main", "path": "acme/dev/vpc/main"}],
        },
        {
            "name": "p",
            "components": [{"name": "rds", "path": "acme/prod/rds"}, {"name": "sns", "path": "acme/prod/sns"}],
        },
    ]


def test_stacks_list_what_they_deploy(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(
        "vars: {tenant: acme, environment: dev}\n"
        "components: {terraform: {vpc: {vars: {}}, base: {metadata: {type: abstract}}}}\n"
    )
    (tmp_path / "empty.yaml").write_text("vars: {tenant: acme, environment: none}\n")
    assert inventory(HERE, stacks=tmp_path).environments() == [
        {"name": "dev", "components": [{"name": "vpc", "path": "acme/dev/vpc"}]}
    ]


def write_stacks(folder: Path) -> None:
    for name, region in (("dev", "eu-west-1"), ("prod", "us-east-1")):
        (folder / f"{name}.yaml").write_text(
            f"vars: {{tenant: acme, environment: {name}, region: {region}}}\n"
            "components: {terraform: {vpc: {vars: {}}, rds: {vars: {}}}}\n"
        )
    (folder / "empty.yaml").write_text("vars: {tenant: acme, environment: none}\n")


def test_stacks_that_are_asked_for_go_before_what_the_vars_list(tmp_path: Path) -> None:
    write_stacks(tmp_path)
    found = inventory(HERE, {"environments": ["dev"]}, stacks=tmp_path).environments((), ["rds"], ["prod", "prod"])
    assert found == [{"name": "prod", "components": [{"name": "rds", "path": "acme/prod/rds"}]}]


def test_every_stack_that_there_is_not_is_named(tmp_path: Path) -> None:
    write_stacks(tmp_path)
    project = Project(Path("/nowhere"), stacks=tmp_path)
    with pytest.raises(Problems) as several:
        named_stacks(project, ["dve", "empty"])
    first, second = several.value.problems
    assert (first.code, first.hint) == ("stacks.unknown", "did you mean 'dev'?")
    assert second.message == "the stack 'empty' deploys nothing"
    with pytest.raises(MflowError, match="no stack 'dve'"):
        named_stacks(project, ["dve", "prod"])
    with pytest.raises(MflowError, match="this project has no stacks"):
        named_stacks(Project(Path("/nowhere")), ["dev"])


def test_only_what_was_asked_for_is_looked_at() -> None:
    everything = inventory(HERE)
    assert [each["name"] for each in everything.environments(["acme/prod"])] == ["acme/prod"]
    only = everything.environments((), ["rds"])
    assert [len(each["components"]) for each in only] == [0, 1, 0]  # type: ignore[arg-type]
    with pytest.raises(MflowError, match="no environment 'acme/prd'") as raised:
        everything.environments(["acme/prd"])
    assert raised.value.hint == "did you mean 'acme/prod'?"
    with pytest.raises(MflowError, match="no component 'zzz'") as raised:
        everything.environments((), ["zzz"])
    assert raised.value.hint == "there are vpc, vpc/main, rds, lone"
    with pytest.raises(MflowError) as raised:
        inventory(deployed()).environments((), ["x"])
    assert raised.value.hint == "nothing is deployed"


@pytest.mark.parametrize(
    "entry", [3, {"components": []}, {"name": "x", "components": 1}, {"name": "x", "components": [1]}]
)
def test_environments_of_another_form_are_refused(entry: object) -> None:
    with pytest.raises(MflowError, match="environment 1 is neither"):
        environments_in(Variables.of({"environments": [entry]}))


def test_an_error_is_part_of_what_is_found() -> None:
    broken = Deployed(
        [Found("dev/a", Path("dev/a"), RunFailed("terraform plan failed")), Found("dev/b", Path("dev/b"))]
    )
    found = [look(broken, {"path": path}) for path in ("dev/a", "dev/b", "dev/c")]  # type: ignore[arg-type]
    assert [each["kind"] for each in found] == ["not checked", "in sync", "not yet applied"]
    assert "terraform plan failed" in str(found[0]["error"])


def test_a_cancellation_is_no_finding() -> None:
    cancelled = Deployed([Found("a", Path("a"), Cancelled("stop", code="cancelled"))])
    with pytest.raises(Cancelled):
        look(cancelled, {"path": "a"})  # type: ignore[arg-type]


def test_the_report_follows_the_laps() -> None:
    one = look(deployed(("dev", "a")), {"path": "dev/a"})
    laps = [
        {
            "item": {"name": "dev"},
            "values": {"For each component": {"laps": [{"values": {"Look": one}}, {"values": {}}]}},
        },
        {"item": {"name": "prod"}, "values": {}},
    ]
    report = report_of(laps, "Look")
    assert [(each.name, len(each.components)) for each in report.environments] == [("dev", 1), ("prod", 0)]
    assert report.components(DriftKind.NONE)[0].component == "dev/a"
