"""Cancellation tells handlers to stop."""

from __future__ import annotations

import pytest

from mermaid_flow import Cancelled
from mermaid_flow.handlers.calls import ModuleCall, Reference
from mermaid_flow.handlers.context import Cancellation


def test_a_cancellation_is_seen_at_once() -> None:
    cancellation = Cancellation()
    cancellation.raise_if_requested()
    assert not cancellation.requested
    assert not cancellation.wait(0)
    cancellation.request()
    assert cancellation.requested
    assert cancellation.wait(60)
    with pytest.raises(Cancelled):
        cancellation.raise_if_requested()


def test_references_are_built_step_by_step() -> None:
    reference = ModuleCall("vpc", "main").output("subnets")["a"][0]
    assert reference == Reference("main", "subnets", ("a", 0))
