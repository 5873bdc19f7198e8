"""Strongly connected components: where a graph has cycles. Hand-written, because importing networkx takes longer
than `mflow validate` should, and iterative, because diagrams may be longer than Python's stack is deep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def components(nodes: Iterable[Item], successors: Mapping[Item, Sequence[Item]]) -> list[list[Item]]:
    """Tarjan's algorithm. Each component comes after all that it leads to. Edges to other than `nodes` are ignored."""
    inside = dict.fromkeys(nodes)
    number: dict[Item, int] = {}
    low: dict[Item, int] = {}
    path: list[Item] = []
    on_path: set[Item] = set()
    found: list[list[Item]] = []

    def enter(node: Item) -> tuple[Item, Iterator[Item]]:
        number[node] = low[node] = len(number)
        path.append(node)
        on_path.add(node)
        return node, iter(successors.get(node, ()))

    for root in inside:
        if root in number:
            continue
        work = [enter(root)]
        while work:
            node, remaining = work[-1]
            for following in remaining:
                if following not in inside:
                    continue
                if following not in number:
                    work.append(enter(following))
                    break
                if following in on_path:
                    low[node] = min(low[node], number[following])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == number[node]:
                    found.append(_take(path, node))
                    on_path.difference_update(found[-1])
    return found


def _take(path: list[Item], first: Item) -> list[Item]:
    """Cut the end of the path off, from `first` on."""
    taken = [path.pop()]
    while taken[-1] != first:
        taken.append(path.pop())
    return taken


def cyclic(component: Sequence[Item], successors: Mapping[Item, Sequence[Item]]) -> bool:
    """True when a component is a cycle: more than one node, or one that leads to itself."""
    return len(component) > 1 or component[0] in successors.get(component[0], ())
