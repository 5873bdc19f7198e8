from __future__ import annotations

import json
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Configure, Declaration, File, Import, ModuleCall, Output, Reference
from mermaid_flow.terraform.declarations import NodeDeclarations, detached, read, write

DECLARATIONS: tuple[Declaration, ...] = (
    ModuleCall("vpc", "main", {"tags": {"a": "${x}", "n": None}, "list": [1, 2.5, True]}, ("other",)),
    Configure("*", {"tags": {"ref": Reference("main", "id", ("*", 0, "x"))}}),
    Output("id", Reference("main", "id"), "The id.", sensitive=True),
    File("code.zip", b"\x00\xff"),
    Import("module.a.terraform_data.this", "an-id"),
    Output("odd", {"$reference": ["not", "one"], "inner": {"$map": 1}}),
)


def test_declarations_come_back_as_they_were(tmp_path: Path) -> None:
    entries = [
        NodeDeclarations("vpc", "A", "Create VPC", "run-1", DECLARATIONS),
        NodeDeclarations("vpc", "B", "", "run-1"),
    ]
    write(tmp_path / "declarations.json", entries)
    assert read(tmp_path / "declarations.json") == tuple(entries)
    assert [path.name for path in tmp_path.iterdir()] == ["declarations.json"]


def test_nothing_is_kept_before_the_first_run(tmp_path: Path) -> None:
    assert read(tmp_path / "declarations.json") == ()


def test_what_a_handler_changes_later_does_not_show() -> None:
    tags = {"a": "b"}
    copies = detached([ModuleCall("vpc", "main", {"tags": tags, "pair": (1, 2)})])
    tags["a"] = "c"
    assert copies == (ModuleCall("vpc", "main", {"tags": {"a": "b"}, "pair": [1, 2]}),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": 99, "nodes": []}',
        '{"format": 1}',
        '{"format": 1, "nodes": [{}]}',
        "\xff",
        json.dumps(
            {
                "format": 1,
                "nodes": [{"diagram": "d", "node": "n", "label": "", "run": "r", "declarations": [{"kind": "x"}]}],
            }
        ),
    ],
)
def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "declarations.json").write_text(text, encoding="latin-1")
    with pytest.raises(MflowError) as caught:
        read(tmp_path / "declarations.json")
    assert caught.value.code == "terraform.declarations"
    assert "run the diagram again" in caught.value.hint
