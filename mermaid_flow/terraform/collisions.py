"""What to do when Terraform may not create a resource because there is one by that name already.

It may be this component's own: a run that was killed while it was being made has left no word of its id. Nobody can
tell that for certain but the user, so nothing is taken over here; the way to do it is spelled out.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

IMPORTS_FILE = "imports.tf"

_COLLISION = re.compile(r"already ?exist|AlreadyOwnedByYou|\.Duplicate\b|\bDuplicate[A-Z]", re.IGNORECASE)
_TYPE = re.compile(r"(?:^|\.)([a-z][a-z0-9]*_\w+)\.\w+(?:\[.*\])?$")
_NAMED_BY = frozenset(
    {
        "aws_autoscaling_group",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_metric_alarm",
        "aws_db_instance",
        "aws_db_option_group",
        "aws_db_parameter_group",
        "aws_db_subnet_group",
        "aws_dynamodb_table",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_eks_cluster",
        "aws_elasticache_parameter_group",
        "aws_elasticache_replication_group",
        "aws_elasticache_subnet_group",
        "aws_iam_group",
        "aws_iam_instance_profile",
        "aws_iam_role",
        "aws_iam_user",
        "aws_kms_alias",
        "aws_lambda_function",
        "aws_rds_cluster",
        "aws_rds_cluster_parameter_group",
        "aws_s3_bucket",
        "aws_ssm_parameter",
    }
)
"""Types that are imported by the name that they were given."""
_NAMES = (
    re.compile(r"""\bcreating [\w ]*\((?P<name>[^()\s]+)\)"""),
    re.compile(r"""(?:with name|called|named)[: ]+['"]?(?P<name>[^\s'",]+)['"]? already""", re.IGNORECASE),
    re.compile(r"""['"](?P<name>[^'"\s]+)['"] already exist"""),
    re.compile(r"""already exists?(?: with name)?: *['"]?(?P<name>[^\s'",]+)""", re.IGNORECASE),
)


def collision_hint(address: str, message: str, folder: Path) -> str:
    """How to take over what a resource collided with; empty for an error about something else."""
    kind = _TYPE.search(address)
    if kind is None or not _COLLISION.search(message):
        return ""
    name = _name(message) if kind[1] in _NAMED_BY else ""
    known = json.dumps(name) if name else f'"…" # the id of the {kind[1]} that is there'
    return (
        "there is one already, and the state does not know of it. If it is this component's, for instance from a run"
        f" that was killed, take it over: write into {folder / IMPORTS_FILE}\n"
        f"  import {{\n    to = {address}\n    id = {known}\n  }}\n"
        "and resume; else delete it, or choose another name"
    )


def _name(message: str) -> str:
    return next((found["name"].rstrip(".") for pattern in _NAMES if (found := pattern.search(message))), "")
