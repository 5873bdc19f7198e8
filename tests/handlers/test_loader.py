"""A project's handlers are found, kept apart from other projects', and their mistakes get a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from mermaid_flow import MflowError
from mermaid_flow.handlers.loader import load_registry

HANDLER = """
from mermaid_flow import action
from . import _names

@action(_names.LABEL)
def create(context):
    return {{"project": "{project}"}}
"""


def project(folder: Path, name: str) -> Path:
    handlers = folder / name / "handlers"
    handlers.mkdir(parents=True)
    (handlers / "_names.py").write_text('LABEL = "Create it"')
    (handlers / "create.py").write_text(HANDLER.format(project=name))
    return handlers


def test_two_projects_with_the_same_file_names_do_not_meet(tmp_path: Path) -> None:
    for name in ("one", "two"):
        handler = load_registry(project(tmp_path, name)).action("C", "Create it", "any")
        assert handler is not None
        assert handler.function(None) == {"project": name}


def test_private_modules_are_no_source_of_handlers_and_imports_count_once(tmp_path: Path) -> None:
    handlers = project(tmp_path, "one")
    (handlers / "again.py").write_text("from .create import create")
    found = load_registry(handlers)
    assert found.action("C", "Create it", "any") is not None
    assert len([h for h in found.handlers if h.function.__name__ == "create"]) == 1


def test_a_folder_that_is_not_there_has_no_handlers(tmp_path: Path) -> None:
    assert load_registry(tmp_path / "none", plugins=False).handlers == ()
    assert load_registry(None, plugins=False).handlers == ()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1\nraise ValueError('no')", 2, "ValueError: no"),
        ("def f(:\n  pass", 1, "SyntaxError"),
        ("import not_a_module_at_all", 1, "ModuleNotFoundError"),
    ],
)
def test_a_module_that_cannot_be_imported_says_where(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(MflowError, match=message) as raised:
        load_registry(tmp_path)
    assert raised.value.where is not None
    assert raised.value.where.line == line
    assert raised.value.where.path == str(tmp_path / "broken.py")


def test_an_own_error_of_a_module_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("from mermaid_flow import MflowError\nraise MflowError('own words', code='own')")
    with pytest.raises(MflowError, match="own words") as raised:
        load_registry(tmp_path)
    assert raised.value.code == "own"
