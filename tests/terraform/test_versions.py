from __future__ import annotations

import pytest

from mermaid_flow.errors import MflowError
from mermaid_flow.terraform.versions import satisfies


@pytest.mark.parametrize(
    ("version", "constraint", "met"),
    [
        ("3.39.0", "", True),
        ("3.39.0", ">= 3.39, < 7.0", True),
        ("7.0.0", ">= 3.39, < 7.0", False),
        ("3.39.0", "~> 3.0", True),
        ("4.0.0", "~> 3.0", False),
        ("3.39.5", "~> 3.39.0", True),
        ("3.40.0", "~> 3.39.0", False),
        ("9.0.0", "~> 3", True),
        ("3.1.0", "~> v3.2", False),
        ("3.39.0", "3.39.0", True),
        ("3.39.1", "= 3.39.0", False),
        ("3.39.0", "!= 3.39.0", False),
        ("3.39.0", "> 3.39.0", False),
        ("3.39.0", "<= 3.39", True),
    ],
)
def test_constraints_mean_what_they_mean_to_terraform(version: str, constraint: str, met: bool) -> None:
    assert satisfies(version, constraint) is met


@pytest.mark.parametrize(("version", "constraint"), [("3.39.0", "about 3"), ("latest", ">= 3"), ("1.0", ">= 3.x")])
def test_what_cannot_be_read_is_refused(version: str, constraint: str) -> None:
    with pytest.raises(MflowError) as caught:
        satisfies(version, constraint)
    assert caught.value.code == "terraform.version"
