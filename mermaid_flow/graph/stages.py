"""Subgraphs as stages: who belongs to which, and whether they can be executed one as a whole before what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mermaid_flow.errors import MflowError
from mermaid_flow.graph.components import components, cyclic
from mermaid_flow.graph.model import Edge, Loop, Node, Stage
from mermaid_flow.syntax.source import Source

_Point = tuple[str, str]
"""("node", id), or ("end of", stage)."""


def find_reentries(
    nodes: Mapping[str, Node],
    edges: Sequence[Edge],
    stages: Mapping[str, Stage],
    loops: Sequence[Loop],
    source: Source,
) -> list[MflowError]:
    """One error for each group of stages that wait for one another, and for each loop that cuts through a stage.

    `edges` are the flow's own forward edges. With barriers, an edge that leaves a stage waits for the stage's end.
    """
    problems = [
        MflowError(
            f"the loop back to {loop.header!r} leaves the stage {stage.title!r} and enters it again",
            code="graph.stage",
            hint="draw the loop inside one stage, or around whole stages",
            where=source.location(stage.span),
        )
        for loop in loops
        for stage in stages.values()
        if loop.body & stage.nodes and not (loop.body <= stage.nodes or stage.nodes <= loop.body)
    ]
    following: dict[_Point, list[_Point]] = {("node", node): [] for node in nodes}
    for stage in stages.values():
        end = ("end of", stage.id)
        following[end] = [("end of", stage.parent)] if stage.parent is not None else []
    for node in nodes.values():
        if node.stages:
            following["node", node.id].append(("end of", node.stages[0]))
    for edge in edges:
        left = [stage for stage in nodes[edge.source].stages if edge.target not in stages[stage].nodes]
        point = ("end of", left[-1]) if left else ("node", edge.source)
        following[point].append(("node", edge.target))
    for group in components(following, following):
        if cyclic(group, following):
            involved = sorted(
                (stages[name] for kind, name in group if kind == "end of"), key=lambda stage: stage.span.start
            )
            names = " and ".join(repr(stage.title) for stage in involved)
            verb = "are" if len(involved) > 1 else "is"
            problems.append(
                MflowError(
                    f"{names} {verb} left and entered again, and can never be finished before what follows",
                    code="graph.stage",
                    hint="move the nodes in between into the stage, or leave out `mflow: {subgraphs: stages}`",
                    where=source.location(involved[0].span),
                )
            )
    return problems
