"""Random flowcharts and random fates of their nodes, for the scheduler's property tests.

Graphs are made so that most of them can be executed: nodes in topological order, loops and stages as nested ranges of
them with one way in. Some are drawn without any care ("wild"), so that the builder has something to refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from mermaid_flow.errors import Problems
from mermaid_flow.graph import GraphSettings, build
from mermaid_flow.graph.model import EdgeKind, FlowGraph, Role
from mermaid_flow.syntax.flowchart import Edge, Flowchart, Subgraph, Vertex
from mermaid_flow.syntax.source import Source, Span

BRACKETS = {"diam": ("{", "}"), "stadium": ("([", "])"), "hex": ("{{", "}}"), "subproc": ("[[", "]]")}


@dataclass
class Sketch:
    """A flowchart in the making."""

    shapes: dict[str, str] = field(default_factory=dict)
    arrows: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(source, arrow, label, target)"""
    parents: dict[str, str | None] = field(default_factory=dict)
    subgraphs: dict[str, str | None] = field(default_factory=dict)
    """Subgraph to its parent, outer before inner."""
    stages: bool = False

    def text(self) -> str:
        """The drawing, for people who look into a failure."""
        lines = ["---", f"mflow: {{subgraphs: {'stages' if self.stages else 'groups'}}}", "---", "flowchart TD"]
        lines += [f"    {node}{node.join(BRACKETS.get(shape, '[]'))}" for node, shape in self.shapes.items()]
        lines += [f"    {a} {arrow}{f'|{label}|' if label else ''} {b}" for a, arrow, label, b in self.arrows]
        lines += [f"    %% {node} in {parent}" for node, parent in self.parents.items() if parent]
        lines += [f"    %% {name} in {parent}" for name, parent in self.subgraphs.items()]
        return "\n".join(lines)

    def flowchart(self) -> Flowchart:
        vertices = {
            node: Vertex(node, node, shape, Span(0, 0), parent=self.parents.get(node))
            for node, shape in self.shapes.items()
        }
        edges = tuple(
            Edge(index, a, b, label, "dotted" if arrow == "-.->" else "normal", "arrow_point", 1, Span(0, 0))
            for index, (a, arrow, label, b) in enumerate(self.arrows)
        )
        subgraphs = tuple(
            Subgraph(name, name, (), None, Span(position, position), parent=parent)
            for position, (name, parent) in reversed(list(enumerate(self.subgraphs.items())))
        )
        return Flowchart(Source(self.text()), "TB", vertices, edges, subgraphs)


Feature = Literal["loops", "catch", "weak", "stages", "rollback", "manual"]
ALL_FEATURES: tuple[Feature, ...] = ("loops", "catch", "weak", "stages", "rollback", "manual")
MAX_LAPS = 3


def random_graph(random: Random, features: Sequence[Feature] = ALL_FEATURES) -> tuple[Sketch, FlowGraph]:
    """A graph that can be executed, and its drawing."""
    while True:
        sketch = _wild(random, features) if random.random() < 0.1 else _tame(random, features)
        try:
            settings = GraphSettings(stages=sketch.stages, max_laps=MAX_LAPS)
            return sketch, build(sketch.flowchart(), "random", settings)
        except Problems:
            features = [feature for feature in features if random.random() < 0.8]


def _tame(random: Random, features: Sequence[Feature]) -> Sketch:
    sketch = Sketch(stages="stages" in features and random.random() < 0.6)
    size = random.choice([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16])
    nodes = [f"N{i}" for i in range(size)]
    for node in nodes:
        _add_node(random, sketch, node, features)
    ranges = _nested(random, 0, size, 0) if {"loops", "stages"} & set(features) else []
    loops = [bounds for bounds in ranges if "loops" in features and random.random() < 0.6]
    if "stages" in features:
        _add_stages(random, sketch, nodes, ranges)
    labels = _Labels(random)
    for j in range(size):
        floor = max((low for low, high in loops if low < j < high), default=-1)
        count = random.choice([0, 1, 1, 1, 2, 3]) if floor < 0 else random.choice([1, 1, 2])
        choices = range(max(floor, 0), j)
        for i in random.sample(choices, min(count, len(choices))):
            _add_arrow(random, sketch, labels, nodes[i], nodes[j], features)
    for low, high in loops:
        inside = range(low, high)
        sources = [i for i in inside if sketch.shapes[nodes[i]] == "diam"] or list(inside)
        for i in random.sample(sources, min(len(sources), random.choice([1, 1, 2]))):
            decides = sketch.shapes[nodes[i]] == "diam"
            label = (
                labels.next(nodes[i]) if decides else random.choice(["", "on error"] if "catch" in features else [""])
            )
            sketch.arrows.append((nodes[i], "-->", label, nodes[low]))
    if "rollback" in features:
        _add_rollbacks(random, sketch, nodes)
    if sketch.subgraphs and not loops and random.random() < 0.3:
        _add_subgraph_arrow(random, sketch, labels)
    random.shuffle(sketch.arrows)
    return sketch


def _wild(random: Random, features: Sequence[Feature]) -> Sketch:
    sketch = Sketch(stages="stages" in features and random.random() < 0.5)
    nodes = [f"N{i}" for i in range(random.randint(1, 6))]
    for node in nodes:
        _add_node(random, sketch, node, features)
    if "stages" in features:
        for name in ("S0", "S1"):
            sketch.subgraphs[name] = None
        sketch.parents.update({node: random.choice([None, "S0", "S1"]) for node in nodes})
    labels = _Labels(random)
    for _ in range(random.randint(0, 8)):
        a, b = random.choice(nodes), random.choice(nodes)
        if "loops" in features or a < b:
            _add_arrow(random, sketch, labels, a, b, features)
    return sketch


class _Labels:
    """Labels for decisions' out-edges: at most one default each, now and then the same label twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._used: dict[str, list[str]] = {}

    def next(self, node: str) -> str:
        used = self._used.setdefault(node, [])
        if "else" not in used and self._random.random() < 0.2:
            label = "else"
        elif len(used) > 1 and self._random.random() < 0.1 and used[0] != "else":
            label = used[0]
        else:
            label = f"L{len(used)}"
        used.append(label)
        return label


def _add_node(random: Random, sketch: Sketch, node: str, features: Sequence[Feature]) -> None:
    shapes = ["rect", "rect", "rect", "rect", "diam", "diam", "stadium", "fork", "subproc"]
    sketch.shapes[node] = random.choice([*shapes, "hex"] if "manual" in features else shapes)
    sketch.parents[node] = None


def _add_arrow(random: Random, sketch: Sketch, labels: _Labels, a: str, b: str, features: Sequence[Feature]) -> None:
    weak = "weak" in features and random.random() < 0.15
    if sketch.shapes[a] == "diam":
        sketch.arrows.append((a, "-.->" if weak else "-->", "" if weak else labels.next(a), b))
    elif weak:
        sketch.arrows.append((a, "-.->", "", b))
    elif "catch" in features and random.random() < 0.2:
        label = random.choice(["on error", "on failure", "on timeout", "always"])
        sketch.arrows.append((a, "-->", label, b))
    elif sketch.shapes[a] == "hex" and random.random() < 0.5:
        sketch.arrows.append((a, "-->", random.choice(["Approve", "Change"]), b))
    else:
        sketch.arrows.append((a, "-->", "", b))


def _nested(random: Random, low: int, high: int, depth: int) -> list[tuple[int, int]]:
    """Ranges that are disjoint or inside one another."""
    found = []
    position = low
    while position < high:
        end = random.randint(position + 1, high)
        if random.random() < 0.5 and depth < 3 and (position, end) != (low, high):
            found.append((position, end))
            found += _nested(random, position, end, depth + 1)
        position = end
    return found


def _add_stages(random: Random, sketch: Sketch, nodes: Sequence[str], ranges: Sequence[tuple[int, int]]) -> None:
    chosen = [bounds for bounds in ranges if random.random() < 0.6]
    for number, (low, high) in enumerate(chosen):  # outer before inner
        around = [f"S{i}" for i, (start, end) in enumerate(chosen[:number]) if start <= low and high <= end]
        sketch.subgraphs[f"S{number}"] = around[-1] if around else None
        for node in nodes[low:high]:
            sketch.parents[node] = f"S{number}"


def _add_rollbacks(random: Random, sketch: Sketch, nodes: Sequence[str]) -> None:
    actions = [node for node in nodes if sketch.shapes[node] == "rect"]
    for number, node in enumerate(random.sample(actions, min(len(actions), random.choice([0, 0, 1, 2, 3])))):
        undo = f"U{number if random.random() < 0.8 else 0}"
        sketch.shapes.setdefault(undo, "rect")
        sketch.parents.setdefault(undo, sketch.parents[node])
        sketch.arrows.append((node, "-->", "rollback", undo))
        if random.random() < 0.3:
            sketch.shapes[f"{undo}b"] = "rect"
            sketch.parents[f"{undo}b"] = None
            sketch.arrows.append((undo, "-->", random.choice(["", "always", "on error"]), f"{undo}b"))
        if random.random() < 0.2:
            sketch.arrows.append((undo, "-->", "", nodes[-1]))


def _add_subgraph_arrow(random: Random, sketch: Sketch, labels: _Labels) -> None:
    name = random.choice(list(sketch.subgraphs))
    free = [node for node in sketch.shapes if sketch.parents[node] is None and node.startswith("N")]
    if free and random.random() < 0.5:
        _add_arrow(random, sketch, labels, free[0], name, ())
    elif free:
        sketch.arrows.append((name, "-->", random.choice(["", "", "on error", "always"]), free[-1]))


@dataclass(frozen=True)
class Fate:
    """What becomes of one visit of a node."""

    kind: Literal["done", "declared", "declared in vain", "error", "timeout", "cancelled"]
    edges: frozenset[int] = frozenset()
    """What a decision or an approval picks."""


class Script:
    """The fate of every visit of every node, decided by a seed."""

    def __init__(
        self, graph: FlowGraph, seed: int, failing: float = 0.15, answers: Sequence[int] = (1, 1, 1, 1, 1, 2, 3, 0)
    ) -> None:
        """`failing` is the part of visits that fail; `answers` the numbers of labels that decisions may pick."""
        self._graph = graph
        self._seed = seed
        self._failing = failing
        self._answers = answers

    def fate(self, node: str, visit: int) -> Fate:
        random = Random(f"{self._seed}/{node}/{visit}")
        role = self._graph.nodes[node].role
        if random.random() < self._failing:
            if role is Role.MANUAL:
                return Fate("error")
            late = role in {Role.ACTION, Role.SUBWORKFLOW} and random.random() < 0.4
            return Fate("declared in vain" if late else random.choice(["error", "error", "timeout", "cancelled"]))
        declares = role is Role.ACTION and random.random() < 0.3
        return Fate("declared" if declares else "done", self._picked(random, node, role))

    def _picked(self, random: Random, node: str, role: Role) -> frozenset[int]:
        outgoing = [edge for edge in self._graph.outgoing[node] if edge.kind is EdgeKind.CONTROL]
        labels = sorted({edge.label for edge in outgoing})
        if role is Role.MANUAL:
            chosen = {random.choice(labels)} if labels else set()
        elif role is Role.DECISION:
            count = random.choice(self._answers)
            chosen = set(random.sample(labels, min(count, len(labels))))
        else:
            return frozenset(edge.index for edge in outgoing)
        return frozenset(edge.index for edge in outgoing if edge.label in chosen)
