"""Writes the README of every module from its HCL: what it is for, an example, inputs, outputs, resources.

    python -m tools.module_readme           # write them
    python -m tools.module_readme --check   # say which ones are out of date, and fail

What a module is for stands in the comment at the top of its `main.tf`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mermaid_flow.terraform import hcl
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.module import Module, Variable
from mermaid_flow.terraform.types import Collection, Object, Primitive, Tuple, Type

MODULES = Path(__file__).parents[1] / "terraform" / "modules"
VERSIONS = ("6.62.0", "3.39.0")
"""The provider versions that modules are written for."""

SAMPLES: Mapping[str, hcl.Argument] = {
    "name": "acme-dev",
    "region": "eu-west-1",
    "cidr_block": "10.0.0.0/16",
    "vpc_cidr_block": "10.0.0.0/16",
    "cidr_blocks": ["10.0.0.0/24", "10.0.1.0/24"],
    "allowed_cidr_blocks": ["10.0.0.0/16"],
    "availability_zones": ["eu-west-1a", "eu-west-1b"],
    "services": ["s3", "ecr.api"],
}
"""What an example says for a required variable of that name."""

SUPPLIERS: Mapping[str, str] = {
    "vpc_id": "vpc",
    "subnets": "subnets",
    "subnet_ids": "subnets",
    "bucket_arn": "s3_bucket",
}
"""The module whose output of that name an example passes on."""

_RESOURCE = re.compile(r'^resource "([a-z0-9_]+)"', re.MULTILINE)


def readme(variants: Sequence[Module]) -> str:
    """The README of a module, given its form for each of `VERSIONS`, the newest first."""
    module = variants[0]
    text = (module.folder / "main.tf").read_text(encoding="utf-8")
    parts = [
        f"# {module.name}\n",
        introduction(text),
        "## Example\n",
        f"```hcl\n{example(module)}```\n",
        "## Inputs\n",
        "\n".join(inputs(module)) + "\n",
        "## Outputs\n",
        "\n".join(outputs(module)) + "\n",
        "## Resources\n",
        ", ".join(f"`{kind}`" for kind in resource_types(module.folder)) + ".\n",
        "## Providers\n",
        "\n".join(f"* {line}" for line in providers(variants)) + "\n",
        "---\n\nWritten by `python -m tools.module_readme` from the HCL; change that instead.\n",
    ]
    return "\n".join(parts)


def resource_types(folder: Path) -> list[str]:
    """The types of the resources in a module's folder, in the order in which they stand there."""
    files = sorted(folder.glob("*.tf"))
    return list(dict.fromkeys(kind for file in files for kind in _RESOURCE.findall(file.read_text(encoding="utf-8"))))


def introduction(text: str) -> str:
    """The comment at the top of a file, without its marks."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line[1:].removeprefix(" "))
    return "\n".join(lines) + "\n"


def example(module: Module) -> str:
    """A call of the module with its required variables."""
    required = [variable for variable in module.variables.values() if not variable.has_default]
    arguments = [(variable.name, sample(module, variable)) for variable in required]
    source = ("source", f"./terraform/modules/{module.folder.relative_to(module.root).as_posix()}")
    return hcl.block("module", [module.name], [source], arguments)


def sample(module: Module, variable: Variable) -> hcl.Argument:
    """A value that a reader can imagine for a required variable."""
    supplier = SUPPLIERS.get(variable.name)
    if supplier and supplier != module.name:
        return hcl.Expression(f"module.{supplier}.{variable.name}")
    return SAMPLES.get(variable.name) or placeholder(variable.type)


def placeholder(kind: Type) -> hcl.Argument:
    """A value of a type that stands for any."""
    value: hcl.Argument = "…"
    match kind:
        case Primitive("number"):
            value = 1
        case Primitive("bool"):
            value = True
        case Collection("map", element):
            value = {"key": placeholder(element)}
        case Collection(_, element):
            value = [placeholder(element)]
        case Tuple(elements):
            value = [placeholder(element) for element in elements]
        case Object(attributes):
            value = {name: placeholder(entry.type) for name, entry in attributes.items() if not entry.optional}
    return value


def inputs(module: Module) -> Iterator[str]:
    """The table of the variables, required ones first."""
    yield "| name | what | type | default |"
    yield "|---|---|---|---|"
    for variable in sorted(module.variables.values(), key=lambda variable: variable.has_default):
        default = f"`{json.dumps(variable.default, ensure_ascii=False)}`" if variable.has_default else "**required**"
        kind = " ".join(variable.type_text.split())
        yield f"| `{variable.name}` | {cell(variable.description)} | {cell(f'`{kind}`')} | {cell(default)} |"


def outputs(module: Module) -> Iterator[str]:
    """The table of the outputs."""
    yield "| name | what |"
    yield "|---|---|"
    for output in module.outputs.values():
        yield f"| `{output.name}` | {cell(output.description)}{' Sensitive.' if output.sensitive else ''} |"


def providers(variants: Sequence[Module]) -> Iterator[str]:
    """What each variant asks for."""
    for variant in variants:
        needs = ", ".join(f"`{need.source}` {need.version}" for need in variant.required_providers.values())
        yield f"{variant.folder.name}: {needs}" if len(variants) > 1 else needs


def cell(text: str) -> str:
    """Text for one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def stale(folder: Path) -> dict[Path, str]:
    """The READMEs of a module library that differ from their HCL: what each should be."""
    libraries = [ModuleLibrary([folder], provider_versions={"hashicorp/aws": version}) for version in VERSIONS]
    wanted = {}
    for name in libraries[0].names():
        readme_file = folder / name / "README.md"
        variants = {module.folder: module for module in (library.module(name) for library in libraries)}
        text = readme(list(variants.values()))
        if not readme_file.is_file() or readme_file.read_text(encoding="utf-8") != text:
            wanted[readme_file] = text
    return wanted


def main(arguments: Sequence[str]) -> int:
    """Write or check; 1 when the check found something."""
    changed = stale(MODULES)
    for file, text in changed.items():
        if "--check" in arguments:
            sys.stdout.write(f"{file.relative_to(MODULES.parents[1])} is out of date\n")
        else:
            file.write_text(text, encoding="utf-8")
    return 1 if changed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
