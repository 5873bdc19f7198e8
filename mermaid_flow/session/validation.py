"""Validates files in their projects: what `mflow validate` and `mermaid_flow.validate` do."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mermaid_flow.errors import MflowError
from mermaid_flow.rules.catalog import all_rules
from mermaid_flow.rules.fixes import apply_fixes
from mermaid_flow.rules.formats.report import Report
from mermaid_flow.rules.rule import Diagnostic, Severity, Subject
from mermaid_flow.rules.selection import Selection, read_selection
from mermaid_flow.rules.validate import unreadable, validate_source
from mermaid_flow.session.project import Project, find_project
from mermaid_flow.syntax.documents import Document, Passage, find_diagrams, read_document
from mermaid_flow.syntax.source import Source

if TYPE_CHECKING:
    from mermaid_flow.handlers.registry import Registry

MANY = 100
"""Files from which on starting processes is worth its time."""


@dataclass(frozen=True)
class Validation:
    """What to look for. Bindings are looked at in files of the project's diagrams folder, when it has handlers."""

    project: Project
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    vars: Sequence[Path] = ()
    sets: Sequence[str] = ()
    strict: bool = False
    fix: bool = False
    diff: bool = False

    @cached_property
    def selection(self) -> Selection:
        """The command line's selectors over those of mflow.yaml."""
        own = self.project.validate
        select = self.select or _texts(own.get("select"))
        return read_selection(select, (*_texts(own.get("ignore")), *self.ignore), all_rules())

    @cached_property
    def registry(self) -> Registry:
        """The project's handlers. Raises MflowError when they cannot be imported."""
        from mermaid_flow.handlers.loader import load_registry  # noqa: PLC0415 - see _of_source

        return load_registry(self.project.handlers)

    @cached_property
    def bound_folder(self) -> Path | None:
        """The folder whose diagrams need handlers; None when the project has no handlers."""
        return self.project.diagrams.resolve() if self.project.handlers.is_dir() else None

    def is_bound_here(self, file: Path) -> bool:
        """Whether the file is a diagram of the project, so that its boxes need handlers."""
        return self.bound_folder is not None and file.resolve().is_relative_to(self.bound_folder)


@dataclass
class Validated:
    """What was found. `differences` are the diffs of `--diff`; `mended` counts what `--fix` mended."""

    report: Report
    failed: bool
    differences: list[str] = field(default_factory=list)
    mended: int = 0


@dataclass(frozen=True, slots=True)
class _Examined:
    """What came of one file."""

    diagnostics: tuple[Diagnostic, ...]
    diagrams: int
    difference: str = ""
    mended: int = 0


def validate_paths(paths: Sequence[Path], wanted: Validation) -> Validated:
    """Validate files and folders. Raises MflowError for a path that does not exist, a wrong selector or vars file."""
    files = find_diagrams(paths)
    wanted.selection  # noqa: B018 - a wrong selector is told before anything is looked at
    examined = _examine_all(files, wanted)
    diagnostics = [diagnostic for each in examined for diagnostic in each.diagnostics]
    if wanted.strict:
        diagnostics = [replace(each, severity=Severity.ERROR) for each in diagnostics]
    failed = any(diagnostic.severity is not Severity.INFO for diagnostic in diagnostics)
    report = Report(diagnostics, len(files), sum(each.diagrams for each in examined))
    differences = [each.difference for each in examined if each.difference]
    return Validated(report, failed, differences, sum(each.mended for each in examined))


def validate(
    *paths: Path | str,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    vars: Sequence[Path | str] = (),  # noqa: A002 - the command line's word
    sets: Sequence[str] = (),
) -> list[Diagnostic]:
    """The findings in files and folders, as `mflow validate` reports them, in the project that the first path is in.

    `select` and `ignore` choose rules by id, beginning of an id, name or family; `vars` and `sets` are inputs to check
    as well. Raises MflowError for a path that does not exist and a selector that selects nothing.
    """
    places = [Path(path) for path in paths]
    project = find_project(places[0] if places else Path.cwd())
    wanted = Validation(project, select, ignore, [Path(file) for file in vars], sets)
    return list(validate_paths(places or (project.diagrams,), wanted).report.diagnostics)


def _examine_all(files: Sequence[Path], wanted: Validation) -> list[_Examined]:
    """One file after the other; many files on all cores."""
    cores = os.cpu_count() or 1
    if len(files) < MANY or cores == 1:
        return [_examine(file, wanted) for file in files]
    from mermaid_flow.session.forks import spread  # noqa: PLC0415 - few calls are about many files

    first = _examine(files[0], wanted)  # loads grammar and rules, which the processes then share
    return [first, *spread(partial(_examine, wanted=wanted), files[1:], cores)]


def _examine(file: Path, wanted: Validation) -> _Examined:
    document = read_document(file)
    found = _diagnostics(document, wanted)
    difference, mended = "", 0
    if wanted.fix or wanted.diff:
        text, count = _mended(document, found)
        if wanted.diff:
            difference = _difference(document, text)
        elif count:
            file.write_bytes(document.encode(text))
            mended = count
            document = read_document(file)
            found = _diagnostics(document, wanted)
    diagnostics = tuple(diagnostic for _, each in found for diagnostic in each)
    return _Examined(diagnostics, len(document.passages), difference, mended)


def _diagnostics(document: Document, wanted: Validation) -> list[tuple[Passage | None, list[Diagnostic]]]:
    """The findings of a file, by the passage that they are in; None for the file as a whole."""
    found: list[tuple[Passage | None, list[Diagnostic]]] = []
    if document.problems:
        found.append((None, [unreadable(problem, str(document.path)) for problem in document.problems]))
    for number, passage in enumerate(document.passages, 1):
        name = document.path.stem if len(document.passages) == 1 else f"{document.path.stem}-{number}"
        found.append((passage, _of_source(passage.source, name, document.path, wanted)))
    return found


def _of_source(source: Source, name: str, file: Path, wanted: Validation) -> list[Diagnostic]:
    if not wanted.is_bound_here(file) and not wanted.vars and not wanted.sets:
        return validate_source(source, name=name, selection=wanted.selection)
    # Everything below needs Terraform's side and the handlers, which plain validation must not wait for.
    from mermaid_flow.session.facts import ProjectFacts, facts_of  # noqa: PLC0415
    from mermaid_flow.session.prepare import Request, files_of, module_library, role_of  # noqa: PLC0415

    request = None
    if wanted.vars or wanted.sets:
        request = Request(str(file), files_of(list(wanted.vars)), tuple(wanted.sets))

    def facts(subject: Subject) -> ProjectFacts:
        return facts_of(wanted.project, wanted.registry, module_library(wanted.project), subject, name, request)

    try:
        bound = role_of(wanted.registry, name)
        return validate_source(source, name=name, selection=wanted.selection, bound=bound, facts=facts)
    except MflowError as problem:
        return [unreadable(problem, str(file))]


def _mended(document: Document, found: Sequence[tuple[Passage | None, list[Diagnostic]]]) -> tuple[str, int]:
    """The file's text with all repairs; inside Markdown each line keeps what stands before the fence's text."""
    pieces: list[str] = []
    end = mended = 0
    for passage, diagnostics in found:
        if passage is None:
            continue
        text, count = apply_fixes(passage.source.text, diagnostics)
        mended += count
        pieces.append(document.text[end : passage.start])
        pieces.append(passage.placed(text) if count else document.text[passage.start : passage.end])
        end = passage.end
    return "".join([*pieces, document.text[end:]]), mended


def _difference(document: Document, text: str) -> str:
    before, after = document.text.splitlines(keepends=True), text.splitlines(keepends=True)
    name = str(document.path)
    return "".join(
        line if line.endswith("\n") else line + "\n" for line in difflib.unified_diff(before, after, name, name)
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
