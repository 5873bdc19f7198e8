"""A small project whose one module needs no provider, so that its runs take real Terraform and little time."""

from __future__ import annotations

from pathlib import Path

DIAGRAM = """flowchart TD
    Start([Start]) --> Make[Make Thing]
    Make --> MoreWanted{More wanted?}
    MoreWanted -->|Yes| More[Make More]
    MoreWanted -->|No| SkipMore[Skip More]
    More --> Show[Show Outputs]
    SkipMore --> Show
    Show --> End([End])
"""

HANDLERS = '''"""Handlers of the small project."""

from mermaid_flow import Configure, MflowError, ModuleCall, Output, Skipped, action, check, configure, decision


@check(diagram="shop")
def size_fits(context):
    if context.vars.get("size", int, 1) > 100:
        yield MflowError("size is over 100", code="inputs.value", where=context.vars.where("size"))


@configure("Make Thing")
def make(context):
    call = ModuleCall("thing", "thing", {"name": context.vars.require("name", str), "size": context.vars.get("size")})
    return [call, Output("thing", call.output("text")), {"made": True}]


@decision("More wanted?")
def more_wanted(context):
    return context.vars.get("enable_more", bool, False)


@configure("Make More")
def more(context):
    return ModuleCall("thing", "more", {"name": "more"})


@configure("Skip More")
def skip(context):
    return Skipped("enable_more is false")


@action("Show Outputs")
def show(context):
    outputs = dict(context.component.outputs())
    context.log.info("password is %s", context.vars.get("db_password", str, "none"))
    return outputs
'''

MODULE = """terraform {
  required_version = ">= 1.5.0"
}

variable "name" {
  type        = string
  description = "Name of the thing"
}

variable "size" {
  type        = number
  default     = 1
  description = "Size of the thing"
}

resource "terraform_data" "this" {
  input = "${var.name}:${var.size}"
}

output "text" {
  value       = terraform_data.this.output
  description = "Name and size"
}
"""


def write_project(folder: Path, *, diagram: str = DIAGRAM, handlers: str = HANDLERS) -> Path:
    """Lay the project down in `folder`: `diagrams/shop.mmd`, `vars.yaml`, handlers and the module `thing`."""
    for name, text in {
        "mflow.yaml": "name: small\nmodules: modules\ncontext: [environment]\n",
        "diagrams/shop.mmd": diagram,
        "handlers/shop.py": handlers,
        "modules/thing/main.tf": MODULE,
        "vars.yaml": "environment: dev\nname: shop\nsize: 3\n",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder
