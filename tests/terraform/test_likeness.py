from __future__ import annotations

import pytest

from mermaid_flow.terraform.likeness import alike


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ""),
        (None, []),
        ({}, None),
        (None, False),
        (0, None),
        ([{"port": 1, "self": False, "ids": None}], [{"port": 1, "self": None, "ids": []}]),
        ('{"a": 1, "b": [2]}', '{"b":[2],"a":1}'),
        ("{broken", "{broken"),
    ],
)
def test_these_are_the_same_to_aws(before: object, after: object) -> None:
    assert alike(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [("a", "b"), (None, 1), (True, False), ([1], [2]), ([1, 2], [2, 1]), ({"a": 1}, {"a": 2}), ('{"a":1}', '{"a":2}')],
)
def test_these_are_not(before: object, after: object) -> None:
    assert not alike(before, after)
