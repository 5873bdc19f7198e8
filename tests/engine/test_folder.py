from __future__ import annotations

import json
import multiprocessing
import os
from multiprocessing.synchronize import Event as Signal
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.engine.events import Event, EventType
from mermaid_flow.engine.folder import RunFolder, digest, new_id, safe_name
from mermaid_flow.errors import MflowError
from mermaid_flow.syntax.source import Source
from tests.engine.running import graph_of

SOURCE = Source('flowchart TD\r\n  A["Ä \udcff"] --> B\r\n', "docs/guide.md", first_line=7, indent=2)


def test_a_run_is_laid_down_and_opened_again(tmp_path: Path) -> None:
    made = RunFolder.create(
        tmp_path / "runs",
        SOURCE,
        diagram="guide",
        target="aws",
        component="acme/dev/vpc",
        inputs={"vpc": {"cidr": "10.0.0.0/16", "token": "hunter22"}},
        settings={"set": ["vpc.token=hunter22"]},
        hidden={"hunter22"},
        clock=lambda: 1_800_000_000.5,
    )
    opened = RunFolder.open(made.path)
    assert opened.metadata == made.metadata
    assert opened.id == made.path.name
    assert opened.id.startswith("20270115-080000-")
    assert opened.source == SOURCE
    assert opened.metadata.sha256 == digest(SOURCE.text)
    assert opened.metadata.component == "acme/dev/vpc"
    assert opened.inputs == {"vpc": {"cidr": "10.0.0.0/16", "token": "***"}}
    assert opened.metadata.settings == {"set": ["vpc.token=***"]}


def test_inputs_of_any_type_are_recorded(tmp_path: Path) -> None:
    inputs = {"a": MappingProxyType({"b": Path("x")})}
    assert RunFolder.create(tmp_path, SOURCE, diagram="d", inputs=inputs).inputs == {"a": {"b": "x"}}


def test_secrets_reach_no_file_of_the_run(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d", inputs={"a": ["pass-word-1"]}, hidden=["pass-word-1"])
    assert all(b"pass-word-1" not in file.read_bytes() for file in folder.path.iterdir())


def test_only_the_owner_can_look_into_a_run(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d")
    with folder.journal() as journal:
        journal.append([Event(EventType.NOTICE)])
    assert folder.path.stat().st_mode & 0o077 == 0
    assert (folder.path / "journal.jsonl").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MflowError, match="is not a run"):
        RunFolder.open(tmp_path)
    (tmp_path / "run.json").write_text("[]")
    with pytest.raises(MflowError, match="is not a run"):
        RunFolder.open(tmp_path)


def test_a_newer_format_is_refused_and_unknown_fields_are_not(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d")
    stored = json.loads((folder.path / "run.json").read_text())
    (folder.path / "run.json").write_text(json.dumps(stored | {"news": 1}))
    assert RunFolder.open(folder.path).metadata == folder.metadata
    (folder.path / "run.json").write_text(json.dumps(stored | {"format": 2}))
    with pytest.raises(MflowError, match="format 2") as caught:
        RunFolder.open(folder.path)
    assert caught.value.code == "run.format"


def test_a_run_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(MflowError, match="cannot create a run"):
        RunFolder.create(tmp_path / "runs", SOURCE, diagram="d")


def test_a_replaced_diagram_is_read_from_then_on(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d")
    graph = graph_of("A --> B{Q} -->|yes| C\nB -->|no| A")
    folder.replace_diagram(graph.diagram.source, graph)
    opened = RunFolder.open(folder.path)
    assert opened.source.text == graph.diagram.source.text
    assert opened.metadata.sha256 == digest(graph.diagram.source.text)
    assert opened.metadata.graph.laps == {"A": 10}


def hold(path: Path, held: Signal, release: Signal) -> None:
    with RunFolder.open(path).lock():
        held.set()
        release.wait(60)


def test_only_one_process_works_on_a_run(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d")
    context = multiprocessing.get_context("fork")
    held, release = context.Event(), context.Event()
    assert not folder.is_locked()
    process = context.Process(target=hold, args=(folder.path, held, release))
    process.start()
    assert held.wait(60)
    assert folder.is_locked()
    with pytest.raises(MflowError, match="another process") as caught, folder.lock():
        pytest.fail("taken twice")
    assert caught.value.code == "run.locked"
    process.kill()  # the system frees the lock of a process that dies
    process.join(60)
    assert not folder.is_locked()
    with folder.lock():
        assert folder.is_locked()
    assert not folder.is_locked()


def test_looking_whether_a_run_is_locked_needs_no_right_to_write(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d")
    with folder.lock():
        (folder.path / "lock").chmod(0o400)
        assert folder.is_locked()


def test_a_run_whose_files_are_gone_is_an_error_not_a_crash(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d")
    (folder.path / "diagram.mmd").unlink()
    (folder.path / "inputs.json").write_bytes(b"\xff")
    with pytest.raises(MflowError, match="cannot read"):
        _ = folder.source
    with pytest.raises(MflowError, match="cannot read"):
        _ = folder.inputs
    (folder.path / "lock").mkdir()
    with pytest.raises(MflowError, match="cannot lock run"), folder.lock():
        pytest.fail("a folder is no lock")
    (folder.path / "run.json.new").mkdir()
    graph = graph_of("A")
    with pytest.raises(MflowError, match="cannot change run"):
        folder.replace_diagram(graph.diagram.source, graph)


def test_run_ids_sort_by_time_and_differ() -> None:
    ids = {new_id(1_800_000_000.0) for _ in range(50)}
    assert len(ids) > 45
    assert max(ids) < new_id(1_800_000_001.0)


@given(st.text(st.characters()))
def test_file_names_of_nodes_stay_inside_their_folder(node: str) -> None:
    name = safe_name(node)
    assert name
    assert "/" not in name
    assert "\0" not in name
    assert not name.startswith(".")
    assert len(os.fsencode(name)) < 255


@given(st.lists(st.text(st.characters()), min_size=2, max_size=2, unique=True))
def test_different_nodes_have_different_file_names(nodes: list[str]) -> None:
    assert safe_name(nodes[0]) != safe_name(nodes[1])


def test_ordinary_ids_are_their_own_file_names(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, SOURCE, diagram="d")
    assert folder.visit_folder("Create_VPC-1", 2) == folder.path / "nodes" / "Create_VPC-1" / "2"
    assert safe_name("../x y") == "%2E%2E%2Fx%20y"
    assert safe_name("a" * 300) != safe_name("a" * 301)
