"""Files of the user's."""

from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.inputs.documents import read_text
from mermaid_flow.inputs.yaml_reader import load_yaml


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_text(tmp_path / "a.yaml") == "a: 1\n"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(MflowError) as caught:
        read_text(tmp_path / "a.yaml", "vars/a.yaml")
    assert caught.value.code == "inputs.file"
    assert "vars/a.yaml" in caught.value.message


@pytest.mark.parametrize(
    ("text", "name", "caret"),
    [
        ("db_password: geheim # why\n", "db_password", ["db_password: ***", "             ^^^"]),
        ("{size: 3, db_password: geheim}\n", "size", ["{size: 3, db_password: ***", "       ^"]),
        ("{db_password: geheim, size: 3}\n", "size", []),
        ("{size: 3, secrets: {a: geheim, b: geheim}}\n", "size", ["{size: 3, secrets: ***", "       ^"]),
        ("size: 3\n", "size", ["size: 3", "      ^"]),
        ("db_password: |\n  geheim\n", "db_password", ["db_password: ***", "^^^^^^^^^^^"]),
    ],
)
def test_the_line_that_is_shown_has_no_secret(text: str, name: str, caret: list[str]) -> None:
    where = load_yaml(text, "vars.yaml").where((name,))
    assert where is not None
    assert where.caret().splitlines() == caret
