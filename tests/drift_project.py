"""A project of small AWS components in several environments, for drift detection: quick to deploy and to plan."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent

KINDS = ("queue", "topic", "logs", "network", "bucket")

MODULES = {
    "queue": """
resource "aws_sqs_queue" "this" {
  name = var.name
  tags = var.tags
}
""",
    "topic": """
resource "aws_sns_topic" "this" {
  name = var.name
  tags = var.tags
}
""",
    "logs": """
resource "aws_cloudwatch_log_group" "this" {
  name              = var.name
  retention_in_days = 7
  tags              = var.tags
}
""",
    "network": """
resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags       = var.tags
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = var.tags
}

resource "aws_route_table" "this" {
  vpc_id = aws_vpc.this.id
  tags   = var.tags
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.this.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_security_group" "this" {
  name   = var.name
  vpc_id = aws_vpc.this.id
  tags   = var.tags

  ingress {
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["10.0.0.0/16"]
  }
}
""",
    "bucket": """
resource "aws_s3_bucket" "this" {
  bucket = var.name
  tags   = var.tags
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = "${aws_s3_bucket.this.arn}/*"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
""",
}

HEAD = """terraform {
  required_version = ">= 1.5.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 3.0"
    }
  }
}

variable "name" {
  type        = string
  description = "Name of the resource"
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of everything"
}
"""

DIAGRAM = """flowchart TD
    Start([Start]) --> Create[Create Component] --> End([End])
"""

HANDLERS = '''"""Declares the component that the vars name."""

from mermaid_flow import ModuleCall, configure


@configure("Create Component")
def create(context):
    kind = context.vars.require("kind", str)
    name = f"{context.vars.require('environment', str)}-{kind}"
    return ModuleCall(kind, kind, {"name": name, "tags": context.vars.get("tags", dict, {"Owner": "platform"})})
'''


def write_drift_project(folder: Path) -> Path:
    """Lay down the project: `deploy.mmd` makes one component; `drift.mmd` and its handlers are this repository's."""
    files = {
        "mflow.yaml": "name: drifting\nmodules: modules\ncontext: [environment]\n",
        "diagrams/deploy.mmd": DIAGRAM,
        "handlers/deploy.py": HANDLERS,
        **{f"modules/{kind}/main.tf": HEAD + body for kind, body in MODULES.items()},
    }
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for name in ("diagrams/drift.mmd", "handlers/drift.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder
