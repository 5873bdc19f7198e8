from __future__ import annotations

from mermaid_flow.engine.masking import masked, masked_mapping


def test_secrets_are_replaced_wherever_they_are() -> None:
    value = {"a": "x hunter22 y", "b": ["hunter22", 1, None, ("hunter22",)], "c": {"d": "fine"}}
    assert masked(value, {"hunter22"}) == {"a": "x *** y", "b": ["***", 1, None, ["***"]], "c": {"d": "fine"}}


def test_a_longer_secret_goes_first() -> None:
    assert masked("topsecretplus", ["topsecret", "topsecretplus"]) == "***"


def test_short_and_no_secrets_change_nothing() -> None:
    assert masked({"a": "abc"}, ["abc", ""]) == {"a": "abc"}
    assert masked_mapping({"a": "abc"}, ()) == {"a": "abc"}
