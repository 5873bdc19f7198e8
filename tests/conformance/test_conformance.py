"""The parser's answers to the conformance rows, judged by the program that comes with them."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conformance.canonical import answer

ROWS = Path(__file__).resolve().parents[3] / "shared" / "conformance"
DEVIATIONS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("deviations.yaml").read_text("utf-8"))

pytestmark = pytest.mark.skipif(not ROWS.is_dir(), reason="the conformance rows are not beside this repository")


@pytest.fixture(scope="module")
def judge() -> Callable[[dict[str, Any], dict[str, object], bool], str]:
    """`judge(row, answer, everything)` of the program that comes with the rows: empty for agreement."""
    specification = importlib.util.spec_from_file_location("check", ROWS / "check.py")
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    function: Callable[[dict[str, Any], dict[str, object], bool], str] = module.judge
    return function


@pytest.mark.parametrize("name", ["open.jsonl", "mutants.jsonl"])
def test_every_row_agrees_or_is_a_listed_deviation(
    name: str, judge: Callable[[dict[str, Any], dict[str, object], bool], str]
) -> None:
    differing = {}
    for line in (ROWS / name).read_text("utf-8").splitlines():
        row = json.loads(line)
        result = answer(row["id"], row["text"])
        assert "crash" not in result, (row["text"], result["crash"])
        verdict = judge(row, result, False)
        if verdict and row["id"] not in DEVIATIONS:
            differing[row["id"]] = (verdict, row["text"])
    assert not differing


def test_every_deviation_is_a_row_that_is_refused_with_a_reason() -> None:
    rows = {row["id"]: row for row in map(json.loads, (ROWS / "open.jsonl").read_text("utf-8").splitlines())}
    for identifier, reason in DEVIATIONS.items():
        result = answer(identifier, rows[identifier]["text"])
        assert reason
        assert not result["ok"]
        assert "hint:" in str(result["error"])
