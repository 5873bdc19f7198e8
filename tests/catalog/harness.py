"""Runs the catalog's diagrams for real: the repository's own project, state in the test's folder, the emulated AWS.

A life is: run, look at what is there, run again and change nothing, see that a plan by hand is clean, destroy, see that
nothing is left. Terraform waits much of the time, so lives of several examples go side by side.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3

from mermaid_flow.engine.events import EdgeStatus, Observer, RunStatus
from mermaid_flow.engine.options import Options
from mermaid_flow.engine.record import RunRecord
from mermaid_flow.engine.visits import Changes
from mermaid_flow.graph.model import EdgeKind
from mermaid_flow.session.destroy import destroy
from mermaid_flow.session.prepare import Prepared, Request, check, prepare
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.session.run import start
from mermaid_flow.terraform.local_cloud import LocalCloud
from mermaid_flow.terraform.targets import LocalTarget
from mermaid_flow.terraform.workspace import component_folder
from tests.cloud import Terraform
from tools.security_scan import scan, unexplained, write_components

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Catalog:
    """The catalog's project, at work in a folder and an account of the test's own."""

    project: Project
    cloud: LocalCloud
    account: str

    @classmethod
    def at(cls, folder: Path, cloud: LocalCloud, account: str) -> Catalog:
        """`folder` gets the project's state: components and runs."""
        return cls(replace(find_project(ROOT), folder=folder), cloud, account)

    def prepare(self, diagram: str, *vars_files: str, sets: Sequence[str] = (), only: Sequence[str] = ()) -> Prepared:
        """A diagram, or a part of it, with vars files below `vars/`, checked."""
        files = tuple(str(ROOT / "vars" / file) for file in vars_files)
        request = Request(diagram, files, tuple(sets), only=tuple(only))
        prepared = prepare(self.project, request)
        check(prepared)
        region = prepared.target.region
        target = LocalTarget(self.project.folder, region=region, account=self.account, cloud=self.cloud)
        return replace(prepared, target=target)

    def run(self, prepared: Prepared, *observers: Observer, expect: RunStatus = RunStatus.SUCCEEDED) -> RunRecord:
        """Carry a diagram out; the test fails when it does not end as expected."""
        run = start(prepared, options=Options(parallel=4, wait=False), observers=observers)
        status = run.carry_out()
        record = RunRecord.open(run.folder)
        errors = {visit.node: visit.error for visit in record.visits if visit.error}
        assert status is expect, f"{prepared.request.vars}: {status}, {errors}"
        return record

    def destroy(self, prepared: Prepared) -> None:
        """Take the diagram's component down."""
        destroy(prepared, lambda _: None)

    def terraform(self, prepared: Prepared) -> Terraform:
        """Terraform by hand in the component's generated folder."""
        parts = [*prepared.environment.values(), prepared.component]
        return Terraform(self.project.state / "components" / component_folder("local", parts), prepared.target)

    def client(self, prepared: Prepared, service: str) -> Any:
        """A boto3 client that sees what the run has made."""
        environment = prepared.target.environment()
        return boto3.Session(
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=prepared.target.region
        ).client(service, endpoint_url=environment["AWS_ENDPOINT_URL"])


@dataclass(frozen=True)
class Made:
    """What one run has made: its record, and the component's outputs."""

    catalog: Catalog
    prepared: Prepared
    record: RunRecord

    @property
    def vars(self) -> Mapping[str, Any]:
        """The vars of the run."""
        return self.prepared.inputs.variables.to_plain()

    @property
    def outputs(self) -> dict[str, Any]:
        (component,) = self.record.components.values()
        return dict(component.outputs)

    def client(self, service: str) -> Any:
        return self.catalog.client(self.prepared, service)


def assert_current_and_explained(catalog: Catalog, folder: Path) -> None:
    """All that the runs have declared can be written for the current provider, and checkov finds no open point in it.

    Without checkov on PATH only the first. For diagrams that declare while they run; `tools.security_scan` has others.
    """
    assert write_components(catalog.project, folder) > 0
    if checkov := shutil.which("checkov"):
        assert unexplained(scan(checkov, folder), catalog.project.modules[0]) == []


Look = Callable[[Made], None]


def live(catalog: Catalog, diagram: str, example: str, look: Look, *, sets: Sequence[str] = ()) -> RunRecord:
    """One life of a diagram with a vars file. `look` asserts what should be there."""
    prepared = catalog.prepare(diagram, example, sets=sets)
    record = catalog.run(prepared)
    try:
        look(Made(catalog, prepared, record))
        again = catalog.run(catalog.prepare(diagram, example, sets=sets))
        assert {name: component.applied for name, component in again.components.items()} == {
            name: Changes() for name in record.components
        }, f"a second run of {example} changed something"
        catalog.terraform(prepared).plan_is_clean()
    finally:
        catalog.destroy(prepared)
    return record


def live_side_by_side(lives: Sequence[Callable[[], RunRecord]]) -> list[RunRecord]:
    """Several lives at once; the first that fails fails the test."""
    with ThreadPoolExecutor(len(lives)) as pool:
        return [life.result() for life in [pool.submit(life) for life in lives]]


def assert_every_edge_was_taken(records: Sequence[RunRecord]) -> None:
    """Print how many edges of a diagram these runs took together, and fail unless it was all."""
    graph = records[0].graph
    assert graph is not None
    edges = [edge for edge in graph.edges if edge.kind is not EdgeKind.NONE]
    taken = {index for record in records for index, status in record.edges.items() if status is EdgeStatus.TAKEN}
    missing = [f"{edge.source} -->|{edge.label}| {edge.target}" for edge in edges if edge.index not in taken]
    print(f"{graph.name}: {len(edges) - len(missing)}/{len(edges)} edges taken")
    assert missing == []


def tags(resource: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a resource as boto3 gives them."""
    return {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}
