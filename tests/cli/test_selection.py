"""Commands that are limited to a part of the diagram."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Mflow


@pytest.mark.terraform
def test_a_part_is_planned_run_resumed_and_destroyed(mflow: Mflow, small_on_cloud: Path) -> None:
    planned = mflow("plan", "shop", "--vars", "vars.yaml", "--only", "Make")
    assert "left out: not selected" in planned.out
    assert mflow("run", "shop", "--vars", "vars.yaml", "--only", "Make", "--with-dependents").code == 0
    part = mflow("run", "shop", "--vars", "vars.yaml", "--only", "Show", "--skip-unchanged")
    assert part.code == 0
    assert "left out: not selected" in part.out
    nothing = mflow("destroy", "shop", "--vars", "vars.yaml", "--only", "Show")
    assert "nothing to destroy" in nothing.out
    assert "2 resources destroyed" not in nothing.out
    assert "resources destroyed" in mflow("destroy", "shop", "--vars", "vars.yaml").out


def test_an_unknown_part_is_told(mflow: Mflow, small: Path) -> None:
    done = mflow("run", "shop", "--vars", "vars.yaml", "--only", "Mak")
    assert done.code == 2
    assert "shop has no node, class or subgraph 'Mak'" in done.err
    assert "Make" in done.err


def test_what_widens_a_selection_needs_one(mflow: Mflow, small: Path) -> None:
    done = mflow("run", "shop", "--with-dependents")
    assert done.code == 2
    assert "widen what --only names" in done.err


def test_a_sequence_has_no_parts(mflow: Mflow, small: Path) -> None:
    (small / "diagrams" / "talk.mmd").write_text("sequenceDiagram\n  A->>B: Hello\n")
    done = mflow("run", "talk", "--only", "A")
    assert done.code == 2
    assert "there is nothing to select in it" in done.err
