"""Files of stacks and the order in which they merge."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.inputs._stack_files import StackFiles
from mermaid_flow.inputs.documents import read_text
from mermaid_flow.inputs.late import Unread
from mermaid_flow.inputs.stacks import load_stack
from mermaid_flow.inputs.variables import merge


def write(folder: Path, files: Mapping[str, object]) -> None:
    for name, content in files.items():
        path = folder / (name if "." in name else f"{name}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))


def merge_order(folder: Path, root: str) -> list[str]:
    files = StackFiles(folder)
    path = files.find(root)
    assert path is not None
    return [file.name for file in files.in_merge_order(files.read(path))]


def merged_naively(files: Mapping[str, Mapping[str, object]], name: str) -> object:
    """What Atmos does: every import merged again, however often it comes."""
    merged: object = {}
    for entry in files[name]["import"]:  # type: ignore[attr-defined]  # a list of names
        merged = merge(merged, merged_naively(files, entry))
    return merge(merged, files[name]["vars"])


leaves = (
    st.integers(0, 3)
    | st.lists(st.integers(0, 3), max_size=2)
    | st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3))
)


@st.composite
def import_graphs(draw: st.DrawFn) -> dict[str, dict[str, object]]:
    """Files that import some of the files after them, some of them twice."""
    names = [f"f{index}" for index in range(draw(st.integers(1, 7)))]
    return {
        name: {
            "import": draw(st.lists(st.sampled_from(names[index + 1 :]), max_size=4)) if names[index + 1 :] else [],
            "vars": draw(st.dictionaries(st.sampled_from("abc"), leaves, max_size=3)),
        }
        for index, name in enumerate(names)
    }


@given(import_graphs())
def test_merging_each_file_once_gives_what_merging_every_import_gives(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, dict[str, object]]
) -> None:
    folder = tmp_path_factory.mktemp("stacks")
    write(folder, files)
    assert load_stack(folder, "f0", {}).vars.to_plain() == merged_naively(files, "f0")


def test_diamonds_of_diamonds_stay_linear(tmp_path: Path) -> None:
    write(tmp_path, {f"f{index}": {"import": [f"f{index + 1}"] * 2, "vars": {"a": index}} for index in range(60)})
    write(tmp_path, {"f60": {"vars": {"a": 60}}})
    assert merge_order(tmp_path, "f0") == [f"f{index}" for index in range(60, -1, -1)]


def test_chains_of_imports_are_bounded(tmp_path: Path) -> None:
    write(tmp_path, {f"f{index}": {"import": [f"f{index + 1}"]} for index in range(150)})
    write(tmp_path, {"f150": {}})
    with pytest.raises(MflowError, match="imports nest more than 100 deep"):
        merge_order(tmp_path, "f0")


def test_each_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a": {"import": ["b", "c"]}, "b": {"import": ["c"]}, "c": {}})
    read: list[Path] = []
    monkeypatch.setattr(
        "mermaid_flow.inputs._stack_files.read_text", lambda path: (read.append(path), read_text(path))[1]
    )
    merge_order(tmp_path, "a")
    assert sorted(path.name for path in read) == ["a.yaml", "b.yaml", "c.yaml"]


def test_imports_are_found_with_and_without_suffix_relative_and_by_glob(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "orgs/acme/dev": {
                "import": ["catalog/one", "catalog/two.yml", "../_defaults", "./part", "mixins/**", "catalog/t*"]
            },
            "orgs/_defaults": {},
            "orgs/acme/part": {},
            "mixins/b/deep": {},
            "mixins/a": {},
            "catalog/one": {},
            "catalog/two.yml": "",
            "catalog/three.yaml.tmpl": "",
        },
    )
    assert merge_order(tmp_path, "orgs/acme/dev") == [
        *("catalog/one", "orgs/_defaults", "orgs/acme/part", "mixins/a", "mixins/b/deep"),
        *("catalog/three", "catalog/two", "orgs/acme/dev"),
    ]


def test_a_glob_does_not_import_the_file_itself(tmp_path: Path) -> None:
    write(tmp_path, {"a": {"import": ["*"]}, "b": {}, "c": {"import": ["./*.yaml"]}})
    with pytest.raises(MflowError, match="circle"):
        merge_order(tmp_path, "a")
    write(tmp_path, {"c": {}})
    assert merge_order(tmp_path, "a") == ["b", "c", "a"]


def test_a_file_may_be_missing_where_the_import_says_so(tmp_path: Path) -> None:
    write(tmp_path, {"a": {"import": [{"path": "b", "skip_if_missing": True}, {"path": "c"}]}, "c": {}})
    assert merge_order(tmp_path, "a") == ["c", "a"]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret": {"vars": {"a": 1}}, "stacks/a": {"import": ["link"]}, "stacks/b": {"import": ["l*"]}})
    (tmp_path / "stacks" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    for name in ("a", "b"):
        with pytest.raises(MflowError, match="names no file"):
            merge_order(tmp_path / "stacks", name)


def test_a_name_longer_than_the_file_system_takes_is_no_file(tmp_path: Path) -> None:
    write(tmp_path, {"a": {"import": ["x" * 5000]}})
    with pytest.raises(MflowError, match="names no file"):
        merge_order(tmp_path, "a")


def test_environment_variables_are_strings_with_a_default_or_null(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a": "vars:\n  a: !env A\n  b: !env B two words\n  c: !env C\n  d: !env D 'x'\n  e: !env\n  f: !env [A]\n"},
    )
    variables = load_stack(tmp_path, "a", {"A": "8"}).vars
    assert variables["a"] == "8"
    assert variables["b"] == "two words"
    assert variables["c"] is None
    assert variables["d"] == "x"
    assert isinstance(variables["e"], Unread)
    assert isinstance(variables["f"], Unread)


def test_the_process_environment_is_what_is_read_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MFLOW_TEST_VALUE", "here")
    write(tmp_path, {"a": "vars: {a: !env MFLOW_TEST_VALUE}\n"})
    assert load_stack(tmp_path, "a").vars["a"] == os.environ["MFLOW_TEST_VALUE"]
