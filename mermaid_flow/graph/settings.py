"""What a diagram says about its own execution in its front matter, as far as the graph is concerned.

---
mflow:
  subgraphs: stages          # or groups, the default
  max_laps: 5                # or per loop: {CheckHealth: 20}
---
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mermaid_flow.errors import MflowError, Problems, did_you_mean
from mermaid_flow.syntax.flowchart import Flowchart

DEFAULT_MAX_LAPS = 10


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """`max_laps` bounds every loop that `laps` does not name by one of its nodes. The first lap counts as one."""

    stages: bool = False
    max_laps: int = DEFAULT_MAX_LAPS
    laps: Mapping[str, int] = field(default_factory=dict)


def settings_of(diagram: Flowchart) -> GraphSettings:
    """Read the diagram's front matter. Raises Problems with one MflowError for each setting that makes no sense."""
    mflow = diagram.front_matter.get("mflow")
    if mflow is None:
        return GraphSettings()
    problems: list[MflowError] = []

    def problem(message: str, hint: str) -> None:
        where = diagram.source.location((0, 0))
        problems.append(MflowError(message, code="graph.settings", hint=hint, where=where))

    if not isinstance(mflow, Mapping):
        problem("`mflow` in the front matter is not a mapping", "write for instance `mflow: {subgraphs: stages}`")
        raise Problems(problems)
    subgraphs = mflow.get("subgraphs", "groups")
    if subgraphs not in ("groups", "stages"):
        hint = did_you_mean(str(subgraphs), ("groups", "stages")) or "it is `groups` or `stages`"
        problem(f"`mflow.subgraphs` is {subgraphs!r}", hint)
    laps = mflow.get("max_laps", DEFAULT_MAX_LAPS)
    per_loop: dict[str, int] = {}
    if isinstance(laps, Mapping):
        per_loop = {str(node): number for node, number in laps.items() if _is_count(number)}
        for node, number in laps.items():
            if not _is_count(number):
                problem(f"`mflow.max_laps.{node}` is {number!r}", "it is a whole number from 1")
            elif str(node) not in diagram.vertices:
                hint = did_you_mean(str(node), diagram.vertices) or "name a node of the loop by its id"
                problem(f"`mflow.max_laps` names {node!r}, which is no node of the diagram", hint)
    elif not _is_count(laps):
        problem(f"`mflow.max_laps` is {laps!r}", "it is a whole number from 1, or one for each loop by a node's id")
    if problems:
        raise Problems(problems)
    return GraphSettings(
        subgraphs == "stages", DEFAULT_MAX_LAPS if per_loop or isinstance(laps, Mapping) else laps, per_loop
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
