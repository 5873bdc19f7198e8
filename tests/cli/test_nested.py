"""A sub-workflow's run is named behind a dot, in every command that takes a run."""

import pytest
from click.testing import CliRunner

from mermaid_flow.cli.main import mflow
from mermaid_flow.errors import MflowError
from tests.render.recorded import recorded
from tests.web.kept import keep, nest


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """An outer run and one in it that failed."""
    (tmp_path / "mflow.yaml").write_text("name: test\n")
    monkeypatch.chdir(tmp_path)
    outer = keep(recorded("A[Begin] --> Shop[[Set up the shop]]", name="outer"), tmp_path / ".mflow" / "runs")
    return outer, nest(recorded("X[Dig] --> Y", {"X": {"fail": "rock"}}, name="shop"), outer, "Shop")


def says(*arguments):
    return CliRunner().invoke(mflow, arguments, catch_exceptions=False).stdout


def test_show_tells_of_it(runs):
    outer, inner = runs
    lines = says("show").splitlines()
    [at] = [number for number, line in enumerate(lines) if line.startswith("SUB-WORKFLOW")]
    assert lines[at + 1].split() == ["Set", "up", "the", "shop", "shop", "failed", "2.0s", f"{outer.id}.{inner.id}"]


def test_show_shows_it(runs):
    outer, inner = runs
    text = says("show", f"latest.{inner.id[-4:]}")
    assert text.startswith("shop on local: failed")
    assert f"mflow show {outer.id}.{inner.id} --log X" in text


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("mermaid", "flowchart TD\nX[Dig]"),
        ("svg", "<svg "),
        ("html", "<!doctype html>"),
        ("md", "## `shop`: failed"),
        ("json", "{"),
    ],
)
def test_render_draws_it_in_every_form(runs, form, begins):
    assert says("render", "latest.shop", "--format", form).startswith(begins)


def test_the_next_commands_are_those_that_work(runs):
    outer, inner = runs
    text = says("render", "latest.shop", "--format", "md")
    assert f"mflow show {outer.id}.{inner.id} --log X" in text
    assert f"mflow resume {outer.id}`" in text


def test_it_is_compared_like_others(runs):
    outer, inner = runs
    lines = says("diff", "latest", "latest.shop").splitlines()
    assert lines[0] == f"{outer.id} -> {outer.id}.{inner.id}"
    assert "  diagram: outer -> shop" in lines


def test_it_is_resumed_with_the_run_around_it(runs):
    outer, inner = runs
    with pytest.raises(MflowError, match=f"run {inner.id} is a part of run {outer.id}") as caught:
        says("resume", f"{outer.id}.shop")
    assert caught.value.hint == f"mflow resume {outer.id}"
