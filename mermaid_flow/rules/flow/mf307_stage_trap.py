"""A subgraph looks like a stage and is none."""

from __future__ import annotations

from collections.abc import Iterator

from mermaid_flow.graph.analysis import stage_traps
from mermaid_flow.rules.rule import Diagnostic, Rule, Severity, Subject


class StageTrapRule(Rule):
    id = "MF307"
    name = "stage-trap"
    severity = Severity.WARNING
    summary = "A subgraph is left before all of it is done."
    why = (
        "Subgraphs are no barrier: what follows starts while boxes inside are still at work. "
        "Put `mflow: {subgraphs: stages}` into the front matter, or draw the arrow from the subgraph's last box."
    )
    bad = (
        "flowchart TD\n"
        "    A[Network] --> B[IAM]\n"
        "    subgraph Layer\n"
        "        A --> C[Deploy VPC]\n"
        "    end\n"
        "    B --> D[Compute]"
    )
    good = (
        "---\n"
        "mflow: {subgraphs: stages}\n"
        "---\n"
        "flowchart TD\n"
        "    A[Network] --> B[IAM]\n"
        "    subgraph Layer\n"
        "        A --> C[Deploy VPC]\n"
        "    end\n"
        "    B --> D[Compute]"
    )

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for trap in stage_traps(subject.graph) if subject.graph else ():
            left = ", ".join(node.label for node in trap.left_behind[:3])
            more = " and more" if len(trap.left_behind) > 3 else ""
            yield self.found(
                subject,
                trap.edge.span,
                f"{trap.edge.target} starts while {left}{more} in {trap.stage.title!r} may still run",
                hint="`mflow: {subgraphs: stages}` in the front matter makes every subgraph a stage",
            )
