"""Real Terraform without a provider: modules of `terraform_data`, which comes with it, on a target without a cloud."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from mermaid_flow.handlers.calls import Value
from mermaid_flow.terraform.component import TerraformComponent
from mermaid_flow.terraform.library import ModuleLibrary
from mermaid_flow.terraform.progress import ComponentEvent
from mermaid_flow.terraform.settings import Settings
from mermaid_flow.terraform.toolchain import find_toolchain
from mermaid_flow.terraform.workspace import TerraformComponents

MODULES = {
    "thing": """
variable "name" {
  type        = string
  description = "What it is called."
}
variable "size" {
  type    = number
  default = 1
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "secret" {
  type      = string
  default   = ""
  sensitive = true
}
variable "kind" {
  type    = string
  default = "plain"
  validation {
    condition     = contains(["plain", "fancy"], var.kind)
    error_message = "The kind must be plain or fancy."
  }
  validation {
    condition     = var.kind != "fancy" || var.size > 1
    error_message = "A fancy thing must be large."
  }
}
resource "terraform_data" "this" {
  input            = { name = var.name, size = var.size, tags = var.tags, kind = var.kind, secret = var.secret }
  triggers_replace = var.name
}
output "id" { value = terraform_data.this.id }
output "name" { value = terraform_data.this.output.name }
output "tags" { value = terraform_data.this.output.tags }
output "secret" {
  value     = terraform_data.this.output.secret
  sensitive = true
}
""",
    # Does what its command says while it is created: fails, waits, crashes.
    "script": """
variable "command" { type = string }
variable "after" {
  type    = any
  default = null
}
resource "terraform_data" "before" { input = var.command }
resource "terraform_data" "this" {
  input = terraform_data.before.id
  provisioner "local-exec" { command = var.command }
}
output "id" { value = terraform_data.this.id }
""",
}


@dataclass
class BareTarget:
    """A target without a cloud."""

    name: str = "local"
    region: str = "nowhere-1"
    account: str = ""
    instance: str | None = None
    overrides: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    backend: dict[str, Value] = field(default_factory=dict)
    ensured: int = 0

    def ensure(self) -> None:
        self.ensured += 1

    def in_region(self, region: str) -> BareTarget:
        return replace(self, region=region)

    def notices(self) -> Sequence[str]:
        return ()

    def instance_id(self) -> str | None:
        return self.instance

    def environment(self) -> Mapping[str, str]:
        return {key: value for key, value in os.environ.items() if key != "TF_CLI_CONFIG_FILE"}

    def override_files(self) -> Mapping[str, str]:
        return self.overrides

    def backend_settings(self, kind: str) -> Mapping[str, Value]:
        return self.backend

    def provider_versions(self) -> Mapping[str, str]:
        return self.versions

    def describe(self) -> str:
        return self.name


T = TypeVar("T")


@dataclass
class Sandbox:
    """A project in a folder. Each `components` is a run of its own on it."""

    folder: Path
    target: BareTarget = field(default_factory=BareTarget)
    events: list[ComponentEvent] = field(default_factory=list)

    @property
    def modules(self) -> Path:
        return self.folder / "modules"

    def write_modules(self, modules: Mapping[str, str]) -> None:
        for name, text in modules.items():
            path = self.modules / name / "main.tf"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def settings(self, run: str = "run-1") -> Settings:
        return Settings(
            binary=find_toolchain().path,
            library=ModuleLibrary([self.modules], provider_versions=self.target.provider_versions()),
            target=self.target,
            run=run,
            top=self.folder / "components",
            logs=self.folder / "logs",
            observe=self.events.append,
        )

    def components(self, run: str = "run-1", diagram: str = "flow", **changes: object) -> TerraformComponents:
        settings = replace(self.settings(run), **changes)  # type: ignore[arg-type]  # a test names real fields
        labels = {"A": "Create A", "B": "Create B"}
        return TerraformComponents(settings, diagram=diagram, labels=labels, environment={"tenant": "acme"})

    def heard(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]


def state(component: TerraformComponent) -> list[str]:
    """The addresses in the component's state."""
    root = json.loads(component.terraform("show", "-json")).get("values", {}).get("root_module", {})
    return [resource["address"] for module in root.get("child_modules", []) for resource in module["resources"]]
