from __future__ import annotations

import pytest

from mermaid_flow.engine.masking import errors_masked, masked, masked_mapping
from mermaid_flow.errors import Location, MflowError, Problems, RunFailed


def test_secrets_are_replaced_wherever_they_are() -> None:
    value = {"a": "x hunter22 y", "b": ["hunter22", 1, None, ("hunter22",)], "c": {"d": "fine"}}
    assert masked(value, {"hunter22"}) == {"a": "x *** y", "b": ["***", 1, None, ["***"]], "c": {"d": "fine"}}


def test_a_longer_secret_goes_first() -> None:
    assert masked("topsecretplus", ["topsecret", "topsecretplus"]) == "***"


def test_short_and_no_secrets_change_nothing() -> None:
    assert masked({"a": "abc"}, ["abc", ""]) == {"a": "abc"}
    assert masked_mapping({"a": "abc"}, ()) == {"a": "abc"}


def test_errors_lose_their_secrets_and_nothing_else() -> None:
    where = Location("vars.yaml", 1, 1, 1, 4, "key: hunter22")
    first = RunFailed("hunter22 is wrong", code="inputs.type", hint="not hunter22", where=where)
    with pytest.raises(Problems) as caught, errors_masked(["hunter22"]):
        raise Problems([first, MflowError("fine")])
    shown, fine = caught.value.problems
    assert isinstance(shown, RunFailed)
    assert (shown.message, shown.hint, shown.code) == ("*** is wrong", "not ***", "inputs.type")
    assert str(shown).splitlines() == ["vars.yaml:1:1: *** is wrong", "    key: ***", "    ^^^", "  hint: not ***"]
    assert str(fine) == "fine"
