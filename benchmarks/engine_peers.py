"""Other engines on the same graphs, for `benchmarks/engine.py`, which calls this in an environment of their own.

Usage: python engine_peers.py {spiff,langgraph,burr} {line,wide} COUNT. Prints the seconds that the run itself took:
building the graph and importing the library are not counted, as they are not for mflow.
"""

from __future__ import annotations

import operator
import sqlite3
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, TypedDict


def spiff(shape: str, count: int) -> float:
    """SpiffWorkflow keeps everything in memory: nothing survives the process.

    Its wide graph ends without a join: with one, 200 nodes take 24 seconds and 1,000 take longer than anybody waits.
    """
    from SpiffWorkflow import Workflow
    from SpiffWorkflow.specs import Simple, WorkflowSpec

    spec = WorkflowSpec(addstart=True)
    nodes = [Simple(spec, f"n{number}") for number in range(count)]
    if shape == "line":
        spec.start.connect(nodes[0])
        for before, after in pairwise(nodes):
            before.connect(after)
    else:
        for node in nodes:
            spec.start.connect(node)
    began = time.perf_counter()
    workflow = Workflow(spec)
    workflow.run_all()
    assert workflow.is_completed()
    return time.perf_counter() - began


def langgraph(shape: str, count: int) -> float:
    """LangGraph with its SQLite checkpointer, which it waits for after each step."""
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    class State(TypedDict):
        ran: Annotated[int, operator.add]

    graph = StateGraph(State)
    names = [f"n{number}" for number in range(count)]
    for name in names:
        graph.add_node(name, lambda _: {"ran": 1})
    if shape == "line":
        graph.add_edge(START, names[0])
        for before, after in pairwise(names):
            graph.add_edge(before, after)
        graph.add_edge(names[-1], END)
    else:
        graph.add_node("end", lambda _: {"ran": 0})
        for name in names:
            graph.add_edge(START, name)
        graph.add_edge(names, "end")
        graph.add_edge("end", END)
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "state.db", check_same_thread=False)
        compiled = graph.compile(checkpointer=SqliteSaver(connection))
        began = time.perf_counter()
        state = compiled.invoke(
            {"ran": 0},
            {"configurable": {"thread_id": "1"}, "recursion_limit": count + 10},
            durability="sync",
        )
        seconds = time.perf_counter() - began
        connection.close()
    assert state["ran"] == count
    return seconds


def burr(shape: str, count: int) -> float:
    """Burr with its SQLite persister; a graph of Burr has one current action, so it cannot fork."""
    from burr.core import ApplicationBuilder, State, action
    from burr.core.persistence import SQLitePersister

    if shape != "line":
        raise SystemExit("a graph of Burr does not fork")

    @action(reads=["ran"], writes=["ran"])
    def step(state: State) -> State:
        return state.update(ran=state["ran"] + 1)

    names = [f"n{number}" for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        persister = SQLitePersister(str(Path(folder) / "state.db"))
        persister.initialize()
        application = (
            ApplicationBuilder()
            .with_actions(**dict.fromkeys(names, step))
            .with_transitions(*pairwise(names))
            .with_state(ran=0)
            .with_entrypoint(names[0])
            .with_state_persister(persister)
            .with_identifiers(app_id="1")
            .build()
        )
        began = time.perf_counter()
        _, _, state = application.run(halt_after=[names[-1]])
        seconds = time.perf_counter() - began
    assert state["ran"] == count
    return seconds


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)
    peer = {"spiff": spiff, "langgraph": langgraph, "burr": burr}[sys.argv[1]]
    print(peer(sys.argv[2], int(sys.argv[3])))
