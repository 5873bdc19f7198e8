"""`mflow validate` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Mflow


def test_a_clean_project_ends_with_0(mflow: Mflow, small: Path) -> None:
    done = mflow("validate")
    assert (done.code, done.out) == (0, "1 diagram in 1 file: no findings\n")


def test_bindings_are_checked_in_the_diagrams_folder_and_nowhere_else(mflow: Mflow, small: Path) -> None:
    text = "flowchart TD\n    A[Make Thong] --> B([End])\n"
    (small / "diagrams" / "other.mmd").write_text(text)
    (small / "elsewhere.mmd").write_text(text)
    done = mflow("validate", "diagrams")
    assert done.code == 1
    assert "MF401 no handler is bound to 'Make Thong'" in done.out
    assert "did you mean 'Make Thing'?" in done.out
    assert mflow("validate", "elsewhere.mmd").code == 0


def test_vars_are_checked(mflow: Mflow, small: Path) -> None:
    assert mflow("validate", "--vars", "vars.yaml").code == 0
    done = mflow("validate", "--set", "MoreWanted=Perhaps")
    assert done.code == 1
    assert "MF501" in done.out
    assert "MF503" in done.out


def test_repairs_are_shown_and_made(mflow: Mflow, small: Path) -> None:
    file = small / "doc.md"
    file.write_text("# x\n\n- item\n\n  ```mermaid\n  graph TD\n    A[x] --> B[y]\n  ```\n")
    shown = mflow("validate", "doc.md", "--diff")
    assert "-  graph TD\n+  flowchart TD" in shown.out
    assert "graph TD" in file.read_text()
    made = mflow("validate", "doc.md", "--fix")
    assert made.code == 0
    assert "mended 1 finding" in made.out
    assert "\n  flowchart TD\n    A[x]" in file.read_text()


def test_settings_come_from_mflow_yaml_and_strict_counts_infos(mflow: Mflow, small: Path) -> None:
    (small / "a.mmd").write_text("graph TD\n    A[x] --> B[y]\n")
    assert mflow("validate", "a.mmd").code == 0
    assert mflow("validate", "a.mmd", "--strict").code == 1
    (small / "mflow.yaml").write_text("validate: {ignore: [MF603]}\n")
    assert "no findings" in mflow("validate", "a.mmd", "--strict").out


@pytest.mark.parametrize("form", ["json", "github", "sarif", "junit"])
def test_every_form_is_printed(mflow: Mflow, small: Path, form: str) -> None:
    (small / "a.mmd").write_text("flowchart TD\n    A{x} -->|Yes| B[y]\n")
    done = mflow("validate", "a.mmd", "--format", form)
    assert done.code == 1
    assert "MF301" in done.out


def test_usage_mistakes_end_with_2(mflow: Mflow, small: Path) -> None:
    assert mflow("validate", "nowhere").code == 2
    assert mflow("validate", "--select", "MF9").code == 2
    assert mflow("validate", "--format", "xml").code == 2


def test_a_strangers_folder_gets_an_answer_for_every_file(mflow: Mflow, tmp_path: Path) -> None:
    (tmp_path / "fences.md").write_text("```mermaid\ngantt\n  title x\n```\n\n```mermaid\ngraph TD\n A --> \n")
    (tmp_path / "crlf.mmd").write_bytes(b"flowchart TD\r\n\tA[x] --> B[y]\r\n")
    (tmp_path / "bom.mmd").write_bytes(b"\xef\xbb\xbfflowchart TD\n    A[x] --> B[y]\n")
    (tmp_path / "wide.mmd").write_bytes("flowchart TD\n    A[x] --> B[y]\n".encode("utf-16"))
    (tmp_path / "binary.mmd").write_bytes(b"\xff\x00\x01\x80")
    (tmp_path / "empty.mmd").write_text("")
    done = mflow("validate", tmp_path, "--format", "json")
    assert done.code == 1
    found = json.loads(done.out)
    files = {Path(d["where"]["path"]).name for d in found["diagnostics"] if d["where"]}
    assert {"fences.md", "binary.mmd", "empty.mmd"} <= files
    assert not files & {"crlf.mmd", "bom.mmd", "wide.mmd"}


def test_handlers_that_cannot_be_imported_are_a_finding(mflow: Mflow, small: Path) -> None:
    (small / "handlers" / "broken.py").write_text("import nothing_of_that_name\n")
    done = mflow("validate")
    assert done.code in (1, 2)
    assert "nothing_of_that_name" in done.out + done.err


def test_many_files_are_validated_on_all_cores_in_order(mflow: Mflow, tmp_path: Path) -> None:
    for number in range(120):
        text = "flowchart TD\n    A[x] --> B[y]\n" if number % 2 else "flowchart TD\n    A{x} -->|Yes| B[y]\n"
        (tmp_path / f"d{number:03}.mmd").write_text(text)
    done = mflow("validate", tmp_path, "--format", "json")
    found = json.loads(done.out)
    assert (done.code, found["files"], found["diagrams"]) == (1, 120, 120)
    names = [Path(each["where"]["path"]).name for each in found["diagnostics"]]
    assert names == [f"d{number:03}.mmd" for number in range(0, 120, 2)]
