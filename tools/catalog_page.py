"""Writes docs/catalog.md: for each diagram of the catalog, node by node, what it does and what it creates.

    python -m tools.catalog_page            # write it
    python -m tools.catalog_page --check    # say whether it is out of date, and fail

The words are the handlers' docstrings. The resources are found by walking each diagram with each of its example vars
files (`vars/<diagram>/*.yaml`), as `mflow plan` would, and reading the modules that its boxes call.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from mermaid_flow.graph.model import Node, Role
from mermaid_flow.handlers.calls import Configure, Declaration, File, ModuleCall
from mermaid_flow.handlers.declare import MARKS
from mermaid_flow.session.prepare import Prepared, Request, check, prepare
from mermaid_flow.session.project import Project, find_project
from tools.module_readme import cell, resource_types

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "catalog.md"
_PRIVATE = re.compile(r"\b(_\w+)\(")
_OTHER = re.compile(r"\b(\w+)\.(\w+)\b")
_CALL = re.compile(r'\bModuleCall\(\s*"(\w+)"')

HEAD = """# The AWS catalog

What each box of each diagram in `diagrams/` does, and what it creates with the example vars in `vars/`. The
modules are described in `terraform/modules/*/README.md`.
"""
FOOT = """
---

Written by `python -m tools.catalog_page` from the handlers and modules; change those instead.
"""


def page(project: Project) -> str:
    """The whole page: a section for each diagram that has example vars."""
    sections = [
        section(project, diagram.stem, examples)
        for diagram in project.diagram_files()
        if (examples := sorted((project.folder / "vars" / diagram.stem).glob("*.yaml")))
    ]
    return "\n".join([HEAD, *sections]) + FOOT


def section(project: Project, name: str, examples: Sequence[Path]) -> str:
    """One diagram. Raises MflowError when one of its example vars files would not run."""
    runs = [prepare(project, Request(name, (str(example),))) for example in examples]
    nodes = runs[0].graph.nodes.values()
    created: dict[str, dict[str, None]] = {node.id: {} for node in nodes}  # a set that keeps the order
    for run in runs:
        for step in check(run).steps:
            created[step.node.id].update(dict.fromkeys(effects(run, step.declarations)))
    rows = [row(runs[0], node, created[node.id]) for node in nodes if runs[0].bindings.handler(node)]
    vars_files = ", ".join(f"`{example.relative_to(project.folder)}`" for example in examples)
    return "\n".join(
        [
            f"## {name}\n",
            *introduction(runs[0]),
            f"Example vars: {vars_files}.\n",
            "| box | what it does | what it creates or sets |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def introduction(run: Prepared) -> Iterator[str]:
    """The docstrings of the modules that have handlers for this diagram only, in the order of its boxes."""
    modules: dict[str, None] = {}
    for node in run.graph.nodes.values():
        handler = run.bindings.handler(node)
        if handler and (handler.mark.diagram or handler.name.partition(".")[0].replace("_", "-")) == run.name:
            modules[handler.function.__module__] = None
    for module in modules:
        if words := inspect.getdoc(sys.modules[module]):
            yield words + "\n"


def row(run: Prepared, node: Node, created: Iterable[str]) -> str:
    """A box of the diagram."""
    handler = run.bindings.handler(node)
    created = list(created) or (list(made_by(run, handler.function)) if handler else [])
    words = " ".join((inspect.getdoc(handler.function) or "").partition("\n\n")[0].split()) if handler else ""
    if node.role is Role.DECISION:
        words = f"{words} ({' / '.join(edge.label for edge in run.graph.outgoing[node.id])})"
    return f"| {cell(node.label)} (`{node.id}`) | {cell(words)} | {cell('; '.join(created))} |"


def made_by(run: Prepared, function: Callable[..., object]) -> Iterator[str]:
    """What a handler creates that declares only during the run: the resources of the modules that its code calls."""
    calls = [module for piece in pieces(function, {}) for module in _CALL.findall(inspect.getsource(piece))]
    for module in dict.fromkeys(calls):
        kinds = ", ".join(f"`{kind}`" for kind in resource_types(run.library.module(module).folder))
        yield f"{kinds} (module `{module}`)"


def pieces(function: Callable[..., object], seen: dict[Callable[..., object], None]) -> Iterable[Callable[..., object]]:
    """A handler, the other modules' handlers that it uses, and the private functions of their modules."""
    seen[function] = None
    names = function.__globals__
    used = [names.get(private) for private in _PRIVATE.findall(inspect.getsource(function))]
    for module, name in _OTHER.findall(inspect.getsource(function)):
        found = getattr(names.get(module), name, None)
        used += [found] if hasattr(found, MARKS) else []
    for each in used:
        if inspect.isfunction(each) and each not in seen:
            pieces(each, seen)
    return seen


def effects(run: Prepared, declarations: Sequence[Declaration]) -> Iterator[str]:
    """What a node's declarations come to, in words."""
    for declaration in declarations:
        match declaration:
            case ModuleCall(module, call):
                kinds = ", ".join(f"`{kind}`" for kind in resource_types(run.library.module(module).folder))
                yield f"{kinds} (`module.{call}`)"
            case Configure(call, inputs):
                if names := [name for name, value in inputs.items() if value is not None]:
                    whose = "every call" if call == "*" else f"`module.{call}`"
                    yield f"{', '.join(f'`{name}`' for name in names)} of {whose}"
            case File(name):
                yield f"the file `{name}`"


def main(arguments: Sequence[str]) -> int:
    """Write or check; 1 when the check found the page out of date."""
    text = page(find_project(ROOT))
    fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
    if fresh:
        return 0
    if "--check" in arguments:
        sys.stdout.write(f"{PAGE.relative_to(ROOT)} is out of date\n")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
