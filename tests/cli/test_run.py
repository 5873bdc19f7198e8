"""`run`, `plan`, `show`, `runs`, `resume`, `destroy` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Mflow

pytestmark = pytest.mark.terraform


def test_a_run_is_shown_listed_resumed_and_destroyed(mflow: Mflow, small_on_cloud: Path) -> None:
    done = mflow("run", "diagrams/shop.mmd", "--vars", "vars.yaml")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("local: emulated AWS on this machine")
    [listed] = json.loads(mflow("runs", "--format", "json").out)
    assert (listed["status"], listed["diagram"], listed["component"]) == ("succeeded", "shop", "dev/shop")
    assert listed["id"] in mflow("runs", "--diagram", "shop", "--since", "1h", "--status", "succeeded").out
    assert "no runs" in mflow("runs", "--status", "failed").out
    shown = mflow("show")
    assert shown.code == 0
    for text in ("Make Thing", "skipped", "thing = shop:3", "+1 ~0 -0", "enable_more is false"):
        assert text in shown.out
    record = json.loads(mflow("show", listed["id"][:15], "--format", "json").out)
    assert record["status"] == "succeeded"
    assert "password is none" in mflow("show", "--log", "Show Outputs").out
    wrong = mflow("show", "--log", "Shw")
    assert (wrong.code, "did you mean 'Show'?" in wrong.err) == (2, True)
    assert mflow("resume").code == 0
    assert mflow("show", "--follow").code == 0
    followed = mflow("show", "--follow", "--format", "json")
    assert [json.loads(line)["type"] for line in followed.out.splitlines()][-1] == "run_finished"
    gone = mflow("destroy", "shop", "--vars", "vars.yaml", "--format", "json")
    assert json.loads(gone.out)["destroyed"] == ["module.thing.terraform_data.this"]
    assert "nothing to destroy" in mflow("destroy", "shop", "--vars", "vars.yaml").out
    assert "removed" in mflow("runs", "prune", "--keep", "0", "--yes").out
    assert mflow("runs", "prune").code == 2
    assert json.loads(mflow("runs", "--format", "json").out) == []


def test_a_plan_is_saved_and_applied(mflow: Mflow, small_on_cloud: Path) -> None:
    planned = mflow("plan", "shop", "--vars", "vars.yaml", "--out", "plan.json")
    assert planned.code == 0
    for text in ("component dev/shop: +1", "+ module.thing.terraform_data.this", "No  (function: shop.more_wanted()"):
        assert text in planned.out
    assert json.loads(mflow("plan", "shop", "--vars", "vars.yaml", "--format", "json").out)["diagram"] == "shop"
    refused = mflow("run", "shop", "--vars", "vars.yaml", "--plan", "plan.json", "--set", "enable_more=true")
    assert (refused.code, "the answer was No, now it is Yes" in refused.err) == (2, True)
    assert mflow("run", "shop", "--vars", "vars.yaml", "--plan", "plan.json").code == 0
    changed = mflow("plan", "shop", "--vars", "vars.yaml", "--set", "size=5")
    assert 'input: "shop:3" -> "shop:5"' in changed.out


def test_events_are_streamed_as_json(mflow: Mflow, small_on_cloud: Path) -> None:
    done = mflow("run", "shop", "--vars", "vars.yaml", "--format", "json")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["data"]["status"] == "succeeded"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "MoreWantd=Yes"], "did you mean 'MoreWanted'?"),
        (["--set", "MoreWanted=Perhaps"], "matches no label"),
        (["--set", "size=big"], "size"),
        (["--set", "name="], ""),
        (["--vars", "missing.yaml"], "cannot read missing.yaml"),
        (["--vars", "broken.yaml"], "broken.yaml:1"),
    ],
)
def test_mistakes_end_with_2_and_change_nothing(
    mflow: Mflow, small_on_cloud: Path, arguments: list[str], message: str
) -> None:
    (small_on_cloud / "broken.yaml").write_text("a: [1\n")
    done = mflow("run", "shop", "--vars", "vars.yaml", *arguments)
    if message:
        assert done.code == 2
        assert message in done.err
        assert "Traceback" not in done.err
        assert not (small_on_cloud / ".mflow" / "runs").exists()
    else:
        assert done.code == 0


def test_a_diagram_with_a_mistake_shows_the_place(mflow: Mflow, small_on_cloud: Path) -> None:
    (small_on_cloud / "bad.mmd").write_text("flowchart TD\n    A[x --> B\n")
    done = mflow("run", "bad.mmd")
    assert done.code == 2
    assert "bad.mmd:2:" in done.err
    assert "^" in done.err


def test_an_action_without_a_handler_is_told(mflow: Mflow, small_on_cloud: Path) -> None:
    (small_on_cloud / "diagrams" / "other.mmd").write_text("flowchart TD\n    A[Make Thong] --> B([End])\n")
    done = mflow("run", "other")
    assert done.code == 2
    assert "no handler is bound to A ('Make Thong')" in done.err
    assert "did you mean 'Make Thing'?" in done.err


def test_what_a_missing_handler_would_declare_is_not_missed_as_well(mflow: Mflow, small_on_cloud: Path) -> None:
    (small_on_cloud / "diagrams" / "other.mmd").write_text("flowchart TD\n    A[Make Thong] --> B[Grow Thing]\n")
    with next((small_on_cloud / "handlers").glob("*.py")).open("a") as file:
        file.write('\n\n@configure("Grow Thing")\ndef grow(context):\n    return Configure("thing", {"size": 2})\n')
    done = mflow("run", "other", "--vars", "vars.yaml")
    assert done.code == 2
    assert "no handler is bound to A ('Make Thong')" in done.err
    assert "no node declares" not in done.err


def test_a_way_out_of_a_failure_without_a_handler_is_told_before_anything_fails(
    mflow: Mflow, small_on_cloud: Path
) -> None:
    (small_on_cloud / "diagrams" / "other.mmd").write_text(
        "flowchart TD\n"
        "    A[Make Thing] -->|on error| R[Roll Back]\n"
        "    A --> B([End])\n"
        "    R --> S{Sure?}\n"
        "    S -->|yes| T[Tell]\n"
        "    S -->|no| B\n"
    )
    done = mflow("run", "other", "--vars", "vars.yaml")
    assert done.code == 2
    assert "other.mmd:2:33: no handler is bound to R ('Roll Back')" in done.err
    assert "no handler is bound to T ('Tell')" in done.err


def test_handlers_that_are_not_found_for_want_of_a_project_are_explained(mflow: Mflow, tmp_path: Path) -> None:
    (tmp_path / "alone" / "handlers").mkdir(parents=True)
    diagram = tmp_path / "alone" / "one.mmd"
    diagram.write_text("flowchart TD\n    A[Make Thing]\n")
    done = mflow("run", str(diagram))
    assert done.code == 2
    assert "since there is no mflow.yaml in the diagram's folder or above" in done.err


def test_a_warning_does_not_show_a_secret(mflow: Mflow, small_on_cloud: Path) -> None:
    with (small_on_cloud / "mflow.yaml").open("a") as file:
        file.write("secrets: [admin]\n")
    (small_on_cloud / "more.yaml").write_text("admin: hunter22\nadmin_pasword: hunter22\n")
    done = mflow("run", "shop", "--vars", "vars.yaml", "--vars", "more.yaml")
    assert done.code == 0
    assert "nothing reads the variable 'admin'" in done.err
    assert "admin_pasword: ***" in done.err
    assert "hunter22" not in done.out + done.err


def test_a_variable_that_nothing_reads_is_warned_of(mflow: Mflow, small_on_cloud: Path) -> None:
    (small_on_cloud / "more.yaml").write_text("more_enabled: true\n")
    done = mflow("run", "shop", "--vars", "vars.yaml", "--vars", "more.yaml")
    assert done.code == 0
    assert "warning: more.yaml:1:15: nothing reads the variable 'more_enabled'" in done.err


def test_a_failing_node_ends_with_1_and_says_where_to_look(mflow: Mflow, small_on_cloud: Path) -> None:
    handlers = small_on_cloud / "handlers" / "shop.py"
    handlers.write_text(handlers.read_text().replace("outputs = dict(", "raise ValueError('broken'); outputs = dict("))
    done = mflow("run", "shop", "--vars", "vars.yaml")
    assert done.code == 1
    shown = mflow("show")
    assert "ValueError: broken" in shown.out
    assert "--log Show" in shown.out
    assert "raise ValueError" in mflow("show", "--log", "Show").out
