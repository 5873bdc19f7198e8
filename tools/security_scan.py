"""Scans what the catalog's examples generate with checkov, and wants a word on every finding.

    python -m tools.security_scan           # checkov must be on PATH (pip install checkov)

For every diagram and each of its example vars files the root module is written as a run would write it, for the current
provider. What diagrams declare only while they run can be written after a run; the tests of those diagrams do so. A
finding is in order when the README of the module that it is about names its id, such as CKV_AWS_130.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mermaid_flow.session.prepare import Request, check, prepare
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.terraform.assembly import assemble
from mermaid_flow.terraform.declarations import NodeDeclarations, read
from mermaid_flow.terraform.declared import DECLARATIONS
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.root_module import write_root_module
from mermaid_flow.terraform.vendoring import copy_modules
from tools.module_readme import VERSIONS

ROOT = Path(__file__).parents[1]
_MODULE = re.compile(r"/modules/(.+?)(?:/aws-[0-9.]+)?/[^/]+\.tf$")


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """Something that checkov would have otherwise, in one module of the library."""

    module: str
    id: str
    title: str


def write_examples(project: Project, folder: Path) -> int:
    """Write the root module of each example of each diagram to a folder of its own; returns how many."""
    written = 0
    for diagram in project.diagram_files():
        for example in sorted((project.folder / "vars" / diagram.stem).glob("*.yaml")):
            write_example(project, diagram.stem, example, folder / diagram.stem / example.stem)
            written += 1
    return written


def write_example(project: Project, diagram: str, example: Path, folder: Path) -> None:
    """Write what a run of the diagram with these vars would generate, for the newest provider."""
    entries = [
        NodeDeclarations(diagram, step.node.id, step.node.label, "scan", step.declarations)
        for step in check(prepare(project, Request(diagram, (str(example),)))).steps
        if step.declarations
    ]
    _write(project, entries, folder)


def write_components(project: Project, folder: Path) -> int:
    """Write what runs of the project have declared, for the newest provider, each component to a folder; how many."""
    written = 0
    for kept in sorted(project.components.rglob(DECLARATIONS)):
        _write(project, read(kept), folder / kept.parent.relative_to(project.components))
        written += 1
    return written


def _write(project: Project, entries: Sequence[NodeDeclarations], folder: Path) -> None:
    library = ModuleLibrary(project.modules, provider_versions={"hashicorp/aws": VERSIONS[0]})
    root = write_root_module(assemble(entries, library), library)
    folder.mkdir(parents=True)
    for name, text in root.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    copy_modules(folder, root.modules)


def scan(checkov: str, folder: Path) -> set[Finding]:
    """What checkov, an executable, finds below a folder."""
    what = ["--directory", str(folder), "--framework", "terraform"]
    how = ["--output", "json", "--compact", "--quiet", "--skip-download", "--soft-fail"]
    said = subprocess.run([checkov, *what, *how], capture_output=True, text=True, check=True).stdout
    return set(findings(json.loads(said)))


def findings(report: object) -> Iterator[Finding]:
    """The findings in checkov's JSON, each module and check once."""
    results = report.get("results", {}) if isinstance(report, Mapping) else {}
    for failed in results.get("failed_checks", []):
        if match := _MODULE.search(failed["file_path"]):
            yield Finding(match[1], failed["check_id"], failed["check_name"])


def unexplained(found: set[Finding], modules: Path) -> list[Finding]:
    """The findings whose id the module's README does not name."""
    return sorted(
        finding
        for finding in found
        if not re.search(rf"\b{finding.id}\b", (modules / finding.module / "README.md").read_text(encoding="utf-8"))
    )


def main() -> int:
    """Scan and report; 1 when something is not explained, 2 when there is no checkov."""
    checkov = shutil.which("checkov")
    if checkov is None:
        sys.stdout.write("checkov is not on PATH: pip install checkov\n")
        return 2
    project = find_project(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        count = write_examples(project, Path(folder))
        found = scan(checkov, Path(folder))
    open_findings = unexplained(found, project.modules[0])
    for finding in open_findings:
        sys.stdout.write(f"{finding.module}: {finding.id} {finding.title}\n")
    sys.stdout.write(f"{count} examples, {len(found)} findings, {len(open_findings)} without a word on them\n")
    return 1 if open_findings else 0


if __name__ == "__main__":
    sys.exit(main())
