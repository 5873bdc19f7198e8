"""The participants of `drift.mmd`: which environments there are, what Terraform finds in them, the report.

Nothing is changed. A component that cannot be checked is reported as that, and the others are checked all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mermaid_flow import Context, MflowError, check, message, participant
from mermaid_flow.render.drift import FORMS, summary_line
from mermaid_flow.session.drift import Inventory, environments_in, look, named_stacks, report_of
from mermaid_flow.session.project import find_project
from mermaid_flow.terraform.drift import DriftKind, drift_from_plain

FOUND = "Retrieve current state"
"""The message that returns what was found in a component."""


@check(diagram="drift")
def environments_are_readable(context: Context) -> Iterator[MflowError]:
    """What the vars list has the right form, and the stacks that are asked for are there."""
    if "environments" in context.vars:
        environments_in(context.vars)
    if stacks := context.vars.get("only_stacks", list[str], []):
        named_stacks(find_project(context.run.project), stacks)
    return iter(())


@participant("Atmos", diagram="drift")
class Inventories:
    """Knows environments and components, and keeps the log and the report."""

    @message(None, "Run drift detection workflow")
    def run(self, context: Context) -> None:
        """The user asks."""
        context.log.info("drift detection on %s", context.run.target)

    @message(None, "Get list of environments")
    def environments(self, context: Context) -> Mapping[str, object]:
        """From the vars, the stacks or what is deployed."""
        inventory = Inventory(find_project(context.run.project), context.vars, context.components)
        environments = context.vars.get("only_environments", list[str], [])
        components = context.vars.get("only_components", list[str], [])
        stacks = context.vars.get("only_stacks", list[str], [])
        return {"environments": inventory.environments(environments, components, stacks)}

    @message(None, "Get environment components")
    def components(self, context: Context) -> Mapping[str, object]:
        """Those of the environment at hand."""
        environment = cast("Mapping[str, object]", context.inputs["environment"])
        return {"components": environment["components"]}

    @message(None, "Log drift detection")
    def log_drift(self, context: Context) -> None:
        """What differs, resource by resource."""
        drift = drift_from_plain(cast("Mapping[str, Any]", context.values[FOUND]))
        context.log.warning("%s: %s", drift.component, drift.error or drift.kind)
        for resource in drift.resources:
            context.log.warning("  %s: %s", resource.address, resource.kind)

    @message(None, "Log component in sync")
    def log_in_sync(self, context: Context) -> None:
        """Nothing differs."""
        context.log.info("%s: in sync", context.values[FOUND]["component"])

    @message(None, "Generate drift report")
    def report(self, context: Context) -> Mapping[str, object]:
        """The report in every form, as artefacts of this message."""
        laps = cast("list[Mapping[str, Any]]", context.values.get("For each environment", {}).get("laps", []))
        report = report_of(laps, FOUND)
        for name, form in FORMS.items():
            (context.folder / name).write_text(form(report), encoding="utf-8")
        counts = {kind.name.lower(): len(report.components(kind)) for kind in DriftKind}
        return {"summary": summary_line(report), "components": len(report.components()), **counts}


@participant("Workflow", diagram="drift")
class Workflow:
    """Conducts the detection."""

    @message(None, "Initialize drift detection")
    def initialise(self, context: Context) -> None:
        """Everything is there already."""


@participant("Terraform", diagram="drift")
class Terraform:
    """Compares what is declared, what the state says and what is really there."""

    @message(None, "Run terraform plan")
    def plan(self, context: Context) -> Mapping[str, object]:
        """Which component it is about."""
        component = cast("Mapping[str, object]", context.inputs["component"])
        context.log.info("terraform plan -refresh -detailed-exitcode -json in %s", component["path"])
        return {"path": component["path"]}

    @message(None, "Compare with declared state")
    def compare(self, context: Context) -> Mapping[str, object]:
        """The verdict: a component that could not be checked is not in sync."""
        kind = drift_from_plain(cast("Mapping[str, Any]", context.values[FOUND])).kind
        return {"status": kind.value, "drift_detected": kind is not DriftKind.NONE}


@message("AWS", FOUND, diagram="drift")
def retrieve(context: Context) -> Mapping[str, object]:
    """The plan itself: it refreshes every resource of the component and compares."""
    return look(context.components, cast("Mapping[str, object]", context.inputs["component"]))


@message("User", "Present drift report", diagram="drift")
def present(context: Context) -> None:
    """The summary goes to the log; `mflow drift` prints the report."""
    context.log.info("%s", context.values["Generate drift report"]["summary"])
