"""What holds for every graph and every course of events, checked against an independent reference."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mermaid_flow.engine.events import Event, EventType, NodeStatus, RunStatus
from mermaid_flow.engine.scheduler_resume import nodes_to_run_again
from tests.engine.check_random_graphs import compare
from tests.engine.driving import Drive, folded
from tests.engine.random_graphs import ALL_FEATURES, Feature, Script, random_graph
from tests.graph.seeds import FLOWCHARTS, seed

SEEDS = st.integers(0, 2**32)
UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck))


@given(SEEDS)
@UNHURRIED
def test_acyclic_graphs_without_failures_end_as_the_reference_says(seed: int) -> None:
    drive, _ = compare(seed, (), failing=0.0)
    assert drive.scheduler.status is RunStatus.SUCCEEDED
    assert all(visit == 1 for _, visit in drive.executed)


@pytest.mark.parametrize("feature", ALL_FEATURES)
@given(number=SEEDS)
@UNHURRIED
def test_each_part_of_the_semantics_ends_as_the_reference_says(feature: Feature, number: int) -> None:
    compare(number, (feature,))


@given(SEEDS)
@settings(UNHURRIED, max_examples=300)
def test_all_of_the_semantics_together_end_as_the_reference_says(seed: int) -> None:
    compare(seed)


def driven(seed: int, **how: object) -> Drive:
    random = Random(seed)
    _, graph = random_graph(random)
    drive = Drive(graph, Script(graph, seed), random, **how)  # type: ignore[arg-type]  # the drive's own settings
    drive.run()
    return drive


@given(SEEDS, st.integers(0, 60))
@UNHURRIED
def test_a_run_stopped_dead_anywhere_goes_on_to_the_same_end(seed: int, stop_at: int) -> None:
    whole = driven(seed)
    first = driven(seed, stop_at=min(stop_at, len(whole.journal) - 1))
    second = Drive(first.graph, first.script, Random(seed + 1), journal=list(first.journal))
    for node in second.scheduler.running:
        second.record(EventType.NODE_INTERRUPTED, node, second.scheduler.visit(node), data={"policy": "rerun"})
    second.run()
    if not any(edge.catch == "rollback" for edge in whole.graph.edges):
        assert second.scheduler.snapshot() == whole.scheduler.snapshot()
    assert folded(second.graph, second.journal).snapshot() == second.scheduler.snapshot()


@given(SEEDS)
@UNHURRIED
def test_a_resumed_run_keeps_what_succeeded_and_comes_to_a_good_end_once_nothing_fails(seed: int) -> None:
    first = driven(seed, fail_fast=seed % 3 == 0, cancel_at=seed % 40 if seed % 2 else None)
    kept = {node for node, status in first.scheduler.snapshot().nodes.items() if status is NodeStatus.SUCCEEDED}
    again = nodes_to_run_again(first.scheduler)
    second = Drive(first.graph, Script(first.graph, seed + 1, failing=0.0), Random(seed), journal=list(first.journal))
    for node in Random(seed).sample(again, len(again)):
        second.record(EventType.NODE_RESET, node, second.scheduler.visit(node))
    started = len(second.executed)
    assert second.run() is RunStatus.SUCCEEDED or _ran_out_of_laps(second)
    rerun = {node for node, _ in second.executed[started:]}
    in_loops = set().union(*(loop.body for loop in first.graph.loops))
    assert rerun & kept <= set(again) | in_loops


def _ran_out_of_laps(drive: Drive) -> bool:
    return any(event.data.get("kind") == "laps" for event in drive.journal)


@given(SEEDS)
@UNHURRIED
def test_starting_from_any_node_resets_to_a_state_that_any_order_of_resets_gives(seed: int) -> None:
    first = driven(seed)
    random = Random(seed)
    node = random.choice(list(first.scheduler.snapshot().nodes))
    again = nodes_to_run_again(first.scheduler, [node])
    states = []
    for _ in range(2):
        scheduler = folded(first.graph, [*first.journal, Event(EventType.RUN_STARTED, data={"resumed": True})])
        for name in random.sample(again, len(again)):
            scheduler.apply(Event(EventType.NODE_RESET, name))
        states.append(scheduler.snapshot())
    assert states[0] == states[1]
    second = Drive(first.graph, first.script, random, journal=list(first.journal))
    for name in again:
        second.record(EventType.NODE_RESET, name, second.scheduler.visit(name))
    second.run()


@given(SEEDS, st.integers(0, 40))
@UNHURRIED
def test_a_cancelled_run_starts_nothing_after_the_cancellation(seed: int, cancel_at: int) -> None:
    drive = driven(seed, cancel_at=cancel_at)
    types = [event.type for event in drive.journal]
    if EventType.CANCEL_REQUESTED in types:
        after = types[types.index(EventType.CANCEL_REQUESTED) :]
        assert EventType.NODE_STARTED not in after
        assert drive.scheduler.status in {RunStatus.CANCELLED, RunStatus.SUCCEEDED}


@given(SEEDS)
@UNHURRIED
def test_a_run_that_fails_fast_always_ends(seed: int) -> None:
    drive = driven(seed, fail_fast=True)
    assert drive.scheduler.status is (RunStatus.FAILED if drive.scheduler.failures else RunStatus.SUCCEEDED)


@pytest.mark.parametrize("name", FLOWCHARTS)
@pytest.mark.parametrize("several", [False, True], ids=["one answer", "several answers"])
def test_the_seed_diagrams_always_reach_their_end(name: str, several: bool) -> None:
    graph = seed(name, stages=name.startswith("01"))
    for number in range(40):
        script = Script(graph, number, failing=0.0, answers=(1, 1, 2, 3) if several else (1,))
        drive = Drive(graph, script, Random(number))
        assert drive.run() is RunStatus.SUCCEEDED
        if "End" in graph.nodes:
            assert drive.scheduler.node_status("End") is NodeStatus.SUCCEEDED
        assert len(set(drive.executed)) == len(drive.executed)


def test_with_stages_the_onboarding_layers_come_one_after_the_other() -> None:
    graph = seed("01-environment-onboarding-workflow", stages=True)
    drive = Drive(graph, Script(graph, 1, failing=0.0), Random(1))
    drive.run()
    order = [node for node, _ in drive.executed]
    assert order.index("NetworkComplete") < order.index("CreateIAMStack")
    assert order.index("IAMComplete") < order.index("CreateSecurityStack")
    assert order[-1] == "End"
