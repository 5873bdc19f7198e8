"""Addresses of resources, as people write them in vars: read, checked, and written back as HCL that means just that."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform import hcl

_KEY = r'\[(?:\d+|"(?:[^"\\\n]|\\.)*")\]'
_NAME = "[A-Za-z_][A-Za-z0-9_-]*"
_STEP = rf"{_NAME}(?:{_KEY})?"
_RESOURCE = re.compile(rf"module\.(?P<call>{_NAME})(?:{_KEY})?(?:\.module\.{_STEP})*\.[a-z0-9_]+\.{_STEP}")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


@dataclass(frozen=True, slots=True)
class ResourceAddress:
    """The address of a resource inside a module call. `expression` is safe to stand in HCL."""

    call: str
    expression: str


def resource_address(text: str) -> ResourceAddress:
    """Read an address such as `module.logs.aws_cloudwatch_log_group.this["app"]`. Raises MflowError for other texts."""
    match = _RESOURCE.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        # A key is a literal, never a template: it is read and written again.
        written = _QUOTED.sub(lambda key: hcl.string(json.loads(key[0])), text)
    except ValueError:
        raise MflowError(
            f"{text!r} is no address of a resource in a module call",
            code="terraform.address",
            hint='such as module.logs.aws_cloudwatch_log_group.this["app"]',
        ) from None
    return ResourceAddress(match["call"], written)
