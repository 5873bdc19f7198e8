"""Random sequence diagrams, played in random order, do what the reference interpreter does."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.sequences import Reference, drawn, play, random_plan, tree_of

SEEDS = st.integers(0, 2**32)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_random_sequences_agree_with_the_reference(seed: int) -> None:
    random = Random(seed)
    plan = random_plan(random)
    tree = tree_of(drawn(plan))
    played = play(tree, random)
    expected = Reference().follow(plan)
    assert played.in_order(tree) == expected.trace
    assert played.interpreter.finished
    failure = played.interpreter.failure
    assert (failure.nodes if failure else ()) == expected.failed
    assert played.interpreter.flows.caught == expected.caught


@settings(max_examples=100, deadline=None)
@given(SEEDS)
def test_a_run_that_is_cut_anywhere_goes_on_to_the_same_end(seed: int) -> None:
    random = Random(seed)
    plan = random_plan(random)
    tree = tree_of(drawn(plan))
    whole = play(tree, random)
    cut = random.randint(0, len(whole.outcomes))
    resumed = play(tree, random, dict(list(whole.outcomes.items())[:cut]))
    assert resumed.in_order(tree) == whole.in_order(tree)
    assert resumed.interpreter.flows.caught == whole.interpreter.flows.caught
