from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.library import ModuleLibrary, digest


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def versions(constraint: str, source: str = "hashicorp/aws") -> str:
    aws = f'aws = {{ source = "{source}", version = "{constraint}" }}'
    return f"terraform {{\n  required_providers {{\n    {aws}\n  }}\n}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "vpc/main.tf": 'variable "cidr" {}\noutput "id" { value = var.cidr }\n',
        "network/subnets/main.tf": 'variable "cidrs" {}\n',
        "db/aws-3/main.tf": versions("~> 3.0") + 'variable "name" {}\n',
        "db/aws-6/main.tf": versions(">= 4.0, < 7") + 'variable "db_name" {}\n',
        "db/aws-10/main.tf": versions(">= 10.0") + 'variable "database" {}\n',
        "deep/a/b/c/main.tf": "",
        ".hidden/main.tf": "",
        "notes.txt": "",
    }
    return write(tmp_path / "modules", files)


def test_modules_are_found_by_name_also_below_folders(root: Path) -> None:
    library = ModuleLibrary([root])
    assert library.names() == ("db", "network/subnets", "vpc")
    assert list(library.module("vpc").variables) == ["cidr"]
    assert list(library.module("vpc").outputs) == ["id"]
    assert library.module("network/subnets").folder == root / "network" / "subnets"
    assert library.module("vpc") is library.module("vpc")


def test_the_first_folder_that_has_a_name_wins(root: Path, tmp_path: Path) -> None:
    own = write(tmp_path / "own", {"vpc/main.tf": 'variable "mine" {}\n', "extra/main.tf": ""})
    library = ModuleLibrary([own, root])
    assert list(library.module("vpc").variables) == ["mine"]
    assert library.names() == ("db", "extra", "network/subnets", "vpc")


@pytest.mark.parametrize("name", ["vpcc", "../modules/vpc", "/etc", "", "vpc/", "vpc\n"])
def test_an_unknown_module_is_an_error_with_a_hint(root: Path, name: str) -> None:
    with pytest.raises(MflowError) as caught:
        ModuleLibrary([root]).module(name)
    assert caught.value.code == "terraform.module"
    assert "vpc" in caught.value.hint


def test_an_empty_library_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(MflowError) as caught:
        ModuleLibrary([tmp_path / "nowhere"]).module("vpc")
    assert str(tmp_path / "nowhere") in caught.value.hint


@pytest.mark.parametrize(
    ("version", "variable"),
    [("3.39.0", "name"), ("6.62.0", "db_name"), ("11.0.0", "database"), (None, "database")],
)
def test_the_variant_that_the_targets_provider_meets_is_used(root: Path, version: str | None, variable: str) -> None:
    provided = {"registry.terraform.io/hashicorp/aws": version} if version else {}
    library = ModuleLibrary([root], provider_versions=provided)
    assert list(library.module("db").variables) == [variable]


def test_no_variant_that_fits_is_an_error_that_lists_them(root: Path) -> None:
    with pytest.raises(MflowError, match=r"'db' does not work with hashicorp/aws 2\.70\.0") as caught:
        ModuleLibrary([root], provider_versions={"hashicorp/aws": "2.70.0"}).module("db")
    assert "aws-3 wants hashicorp/aws ~> 3.0" in caught.value.hint


def test_a_module_without_variants_must_fit_as_well(tmp_path: Path) -> None:
    root = write(tmp_path, {"m/main.tf": versions(">= 4.0"), "n/main.tf": versions("1.0", "else/where")})
    library = ModuleLibrary([root], provider_versions={"hashicorp/aws": "3.39.0"})
    with pytest.raises(MflowError, match="does not work"):
        library.module("m")
    assert library.module("n").required_providers["aws"].source == "else/where"


def test_modules_called_by_a_module_are_found_in_the_same_library(tmp_path: Path) -> None:
    files = {
        "outer/main.tf": 'module "i" { source = "../inner" }\nmodule "o" { source = "./own" }\n',
        "outer/own/main.tf": "",
        "inner/main.tf": "",
    }
    library = ModuleLibrary([write(tmp_path, files)])
    called = library.called_by(library.module("outer"))
    assert [module.name for module in called] == ["inner", "outer/own"]
    assert called[0] is library.module("inner")


@pytest.mark.parametrize("source", ["../../elsewhere", "../missing"])
def test_a_module_may_not_call_out_of_its_library(tmp_path: Path, source: str) -> None:
    write(tmp_path, {"elsewhere/main.tf": "", "library/m/main.tf": f'module "x" {{ source = "{source}" }}\n'})
    library = ModuleLibrary([tmp_path / "library"])
    with pytest.raises(MflowError, match="no module of its library"):
        library.called_by(library.module("m"))


def test_a_module_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"m/main.tf": ""})
    (tmp_path / "m" / "main.tf").write_bytes(b"\xff")
    with pytest.raises(MflowError, match="cannot read the module file"):
        ModuleLibrary([tmp_path]).module("m")


def test_what_was_read_once_is_known_without_a_parser(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    read = ModuleLibrary([root], cache=cache)
    fresh = [read.module(name).definition for name in read.names()]
    script = (
        "import sys; from pathlib import Path; from mermaid_flow.terraform.library import ModuleLibrary\n"
        "library = ModuleLibrary([Path(sys.argv[1])], cache=Path(sys.argv[2]))\n"
        "[library.module(name) for name in library.names()]; sys.exit('hcl2' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(root), str(cache)], check=True)
    again = ModuleLibrary([root], cache=cache)
    assert [again.module(name).definition for name in again.names()] == fresh


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"variables": {"x": {}}}', "null"])
def test_a_damaged_cache_is_read_again(root: Path, tmp_path: Path, damage: str) -> None:
    cache = tmp_path / "cache"
    wanted = ModuleLibrary([root], cache=cache).module("vpc").definition
    for kept in cache.iterdir():
        kept.write_text(damage)
    assert ModuleLibrary([root], cache=cache).module("vpc").definition == wanted


def test_a_cache_that_cannot_be_written_is_done_without(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert list(ModuleLibrary([root], cache=blocked / "cache").module("vpc").variables) == ["cidr"]


def test_a_change_of_the_text_is_seen_by_the_next_library(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    before = ModuleLibrary([root], cache=cache).module("vpc")
    (root / "vpc" / "main.tf").write_text('variable "other" {}\n')
    after = ModuleLibrary([root], cache=cache).module("vpc")
    assert list(after.variables) == ["other"]
    assert after.digest != before.digest


def test_the_digest_leaves_out_what_is_hidden_and_state(root: Path) -> None:
    before = digest(root / "vpc")
    write(root / "vpc", {".terraform/x": "1", "terraform.tfstate": "1"})
    assert digest(root / "vpc") == before
    write(root / "vpc", {"policy.json": "1"})
    assert digest(root / "vpc") != before
