from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Reference, Value
from mermaid_flow.terraform import hcl
from mermaid_flow.terraform.hcl import Expression
from mermaid_flow.terraform.module_source import read_definition
from mermaid_flow.terraform.toolchain import find_toolchain

NASTY = [
    "${",
    "%{",
    "$",
    "%",
    "{",
    "}",
    '"',
    "\\",
    "\n",
    "\r",
    "\t",
    "$${",
    "%%{",
    "~}",
    "if true",
    "é",
    "\u202e",
    "\x00",
]
NASTY += ["\x7f", "\u2028", "\ufeff", "😀", "EOT", "/*", "#", "\\u0041", 'file("/etc/passwd")', "x" * 2000]

texts = st.text(max_size=20) | st.lists(st.sampled_from(NASTY), max_size=6).map("".join)
scalars = st.none() | st.booleans() | texts | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


def as_terraform_has_it(value: object) -> object:
    """Terraform normalises strings to NFC and has one kind of number."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {as_terraform_has_it(name): as_terraform_has_it(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_terraform_has_it(item) for item in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def read_back(folder: Path, written: Mapping[str, str]) -> dict[str, object]:
    """What `terraform console` makes of HCL expressions."""
    lines = [f"  {name} = {text}" for name, text in written.items()]
    (folder / "main.tf").write_text("\n".join(["locals {", *lines, "}"]) + "\n", encoding="utf-8")
    everything = f"{{{', '.join(f'{name} = local.{name}' for name in written)}}}"
    done = subprocess.run(
        [find_toolchain().path, "console"],
        cwd=folder,
        input=f"base64encode(jsonencode({everything}))\n",
        env={name: value for name, value in os.environ.items() if name != "TF_CLI_CONFIG_FILE"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: dict[str, object] = json.loads(base64.b64decode(done.stdout.strip().strip('"')))
    return read


@pytest.mark.terraform
def test_terraform_reads_back_exactly_what_was_written(tmp_path: Path) -> None:
    sample: dict[str, Value] = {f"nasty_{number}": text for number, text in enumerate(NASTY)}
    sample |= {f"pair_{number}": text + NASTY[number - 1] + text for number, text in enumerate(NASTY)}
    sample |= {
        "numbers": [0, -1, 0.1, 1e-07, 1e300, -2.5e-300, 2**511, -(2**400)],
        "keys": {
            name: number for number, name in enumerate([*NASTY, "for", "null", "if", "in", "a-b", "1a", "", "größe"])
        },
        "nested": {"a": [{"b": None, "c": [True, []]}, {}]},
        "composed": "e\u0301",
    }
    read = read_back(tmp_path, {name: hcl.expression(value, 2) for name, value in sample.items()})
    assert as_terraform_has_it(read) == as_terraform_has_it(sample)


@settings(deadline=None)
@given(values)
def test_another_parser_reads_back_the_same_value(value: Value) -> None:
    text = hcl.expression(value, 2)
    assume(re.search(r"[$%]\{[^}]*\"", text) is None)  # a template that is not closed confuses that parser
    definition = read_definition(Path("/"), {"v.tf": f'variable "v" {{\n  default = {text}\n}}\n'})
    assert _plain(definition.variables["v"].default) == _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


@settings(deadline=None)
@given(texts)
def test_a_string_never_opens_a_template_and_stays_on_its_line(text: str) -> None:
    written = hcl.string(text)
    assert "\n" not in written
    assert all(len(marks) > 1 for marks in re.findall(r"(\$+|%+)\{", written))


@pytest.mark.terraform
def test_what_is_written_is_what_terraform_fmt_would_write(tmp_path: Path) -> None:
    arguments: list[tuple[str, hcl.Argument]] = [
        ("short", 1),
        ("much_longer", "text"),
        ("map", {"a": 1, "much_longer": {"x": None, "größe": 2}, "b": True, "c": {}}),
        ("list", [{"a": 1}, {"b": [[1], [{}]]}]),
        ("lines", ["x" * 60, "y" * 60]),
        ("merged", hcl.function("merge", [{"a": 1}, Expression("local.tags")], 2)),
        ("reference", Reference("vpc", "ids", ("*", "id", 0, "a b"))),
    ]
    text = hcl.comment("made") + hcl.block("module", ["m"], [("source", "./m")], arguments, [])
    path = tmp_path / "main.tf"
    path.write_text(text)
    subprocess.run([find_toolchain().path, "fmt", str(path)], check=True, capture_output=True)
    assert path.read_text() == text


def test_references_become_traversals() -> None:
    reference = Reference("vpc", "subnets")[0]["tags"]["a b"]["*"]["id"]
    assert hcl.expression(reference) == 'module.vpc.subnets[0].tags["a b"][*].id'


@pytest.mark.parametrize(
    "reference",
    [Reference("a.b", "c"), Reference("a", "b[0]"), Reference("a", "b", (-1,)), Reference("a", "b", (True,))],
)
def test_a_reference_with_a_bad_name_is_refused(reference: Reference) -> None:
    with pytest.raises(MflowError) as caught:
        hcl.expression(reference)
    assert caught.value.code == "terraform.reference"


def _deep(levels: int) -> Value:
    value: Value = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "no number nan"),
        (float("inf"), "no number inf"),
        (2**513, "too large"),
        ({1: "x"}, "the key 1 of a map is not text"),
        (b"bytes", "of the type bytes"),
        ({"a": [object()]}, "of the type object"),
        ("\ud800", "surrogate"),
        (_deep(70), "deeper than 64"),
    ],
)
def test_what_terraform_cannot_hold_is_refused(value: Value, message: str) -> None:
    with pytest.raises(MflowError, match=message):
        hcl.expression(value)


def test_a_comment_cannot_be_left() -> None:
    assert hcl.comment('a\n}\r\nresource "x" {}\u2028b\u202e\ud800') == '# a } resource "x" {} b\n'
    assert hcl.comment("") == "#\n"
