"""The modules' READMEs say what the HCL says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import module_readme

MODULE = """# Sends greetings.
#
# Politely.

resource "aws_sns_topic" "this" { name = var.name }
resource "aws_sns_topic_policy" "this" { arn = aws_sns_topic.this.arn }
"""
VARIABLES = """
variable "name" {
  description = "Name | of the topic."
  type        = string
}
variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}
variable "rules" {
  description = "Rules."
  type = list(object({
    port = number
    open = bool
    pair = tuple([string, number])
    by   = map(set(string))
    note = optional(string)
  }))
}
variable "polite" {
  description = "Whether to say please."
  type        = bool
  default     = true
}
"""
OUTPUTS = """
output "topic" {
  description = "The topic."
  value       = aws_sns_topic.this.arn
  sensitive   = true
}
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    modules = tmp_path / "terraform" / "modules"
    (modules / "greeting").mkdir(parents=True)
    for name, text in {"main.tf": MODULE, "variables.tf": VARIABLES, "outputs.tf": OUTPUTS}.items():
        (modules / "greeting" / name).write_text(text)
    (modules / "greeting" / "versions.tf").write_text(
        'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = ">= 3" }\n  }\n}\n'
    )
    monkeypatch.setattr(module_readme, "MODULES", modules)
    return modules


def test_the_catalog_is_up_to_date() -> None:
    assert module_readme.stale(module_readme.MODULES) == {}


def test_a_readme_is_written_from_the_hcl(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert module_readme.main(["--check"]) == 1
    assert capsys.readouterr().out == "terraform/modules/greeting/README.md is out of date\n"
    assert module_readme.main([]) == 0
    assert module_readme.main(["--check"]) == 0
    text = (library / "greeting" / "README.md").read_text()
    assert text.startswith("# greeting\n\nSends greetings.\n\nPolitely.\n\n## Example\n")
    assert "vpc_id = module.vpc.vpc_id" in text
    for line in ("port = 1", "open = true", 'pair = ["…", 1]', 'key = ["…"]'):
        assert line in text
    assert "note" not in text.partition("## Inputs")[0]
    assert "| `name` | Name \\| of the topic. | `string` | **required** |" in text
    assert "| `polite` | Whether to say please. | `bool` | `true` |" in text
    assert "| `topic` | The topic. Sensitive. |" in text
    assert "`aws_sns_topic`, `aws_sns_topic_policy`." in text
    assert "* `hashicorp/aws` >= 3\n" in text
