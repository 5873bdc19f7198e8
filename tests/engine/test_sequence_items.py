from __future__ import annotations

import pytest

from mermaid_flow.engine.sequence_items import collection_names, item_name, item_names


@pytest.mark.parametrize(
    ("subject", "collections", "items"),
    [
        ("environment", ("environments", "environment"), ("environment",)),
        (
            "availability zone",
            ("availability_zones", "zones", "availability_zone", "zone"),
            ("availability_zone", "zone"),
        ),
        ("regions", ("regions",), ("region",)),
        ("policy", ("policies", "policy"), ("policy",)),
        ("policies", ("policies",), ("policy",)),
        ("key", ("keys", "key"), ("key",)),
        ("box", ("boxes", "box"), ("box",)),
        ("boxes", ("boxes",), ("box",)),
        ("address", ("addresses", "address"), ("address",)),
        ("VPC-Peering", ("vpc_peerings", "peerings", "vpc_peering", "peering"), ("vpc_peering", "peering")),
        ("?", (), ()),
    ],
)
def test_names_of_collections_and_items(subject: str, collections: tuple[str, ...], items: tuple[str, ...]) -> None:
    assert collection_names(subject) == collections
    assert item_names(subject) == items


@pytest.mark.parametrize(
    ("item", "name"),
    [("dev", "dev"), (3, "3"), ({"name": "a"}, "a"), ({"id": 7}, "7"), ({"x": 1}, ""), (None, ""), ([1], "")],
)
def test_what_people_call_an_item(item: object, name: str) -> None:
    assert item_name(item) == name
