"""`mflow explain` shows every layer and the winner."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Mflow


def test_layers_are_shown_in_order_with_places(mflow: Mflow, small: Path) -> None:
    (small / "more.yaml").write_text("size: 7\n")
    done = mflow("explain", "size", "--vars", "vars.yaml", "--vars", "more.yaml", "--set", "size=9")
    assert done.out.splitlines() == ["   3  vars.yaml:3:7", "   7  more.yaml:1:7", "=> 9  --set size"]
    layers = json.loads(mflow("explain", "size", "--vars", "vars.yaml", "--format", "json").out)["layers"]
    assert layers == [{"value": 3, "where": "vars.yaml:3:7"}]


def test_secrets_are_not_shown(mflow: Mflow, small: Path) -> None:
    assert "hunter2" not in mflow("explain", "db_password", "--set", "db_password=hunter2").out


def test_a_variable_that_nothing_sets_is_a_mistake(mflow: Mflow, small: Path) -> None:
    done = mflow("explain", "sise", "--vars", "vars.yaml")
    assert done.code == 2
    assert "did you mean 'size'?" in done.err


def test_stacks_are_explained(mflow: Mflow, small: Path) -> None:
    (small / "mflow.yaml").write_text("stacks: stacks\n")
    (small / "stacks").mkdir()
    (small / "stacks" / "dev.yaml").write_text(
        "vars: {size: 1}\ncomponents:\n  terraform:\n    thing:\n      vars:\n        size: 2\n"
    )
    assert mflow("explain", "size", "--stack", "dev").out == "=> 1  stacks/dev.yaml:1:14\n"
    both = mflow("explain", "size", "--stack", "dev", "--component", "thing").out.splitlines()
    assert both[-1] == "=> 2  stacks/dev.yaml:6:15"
