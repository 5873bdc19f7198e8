"""How many things of which kind the emulated cloud holds, for `mflow local status`."""

from __future__ import annotations

from collections import Counter

from moto.core.resource_tagging import TaggableResourcesMixin

from mermaid_flow.terraform.emulator.snapshot import tables


def resources() -> dict[str, int]:
    """Resources with tags, of all accounts and regions, by AWS's name of the kind (`ec2:vpc`).

    Tags tell what somebody made from what an account has from the start: default networks, images, policies.
    """
    counts: Counter[str] = Counter()
    for table in list(tables()):
        for _, _, backend in list(table.iter_backends()):
            if isinstance(backend, TaggableResourcesMixin):
                counts.update(found.resource_type for found in list(backend.iter_tagged_resources()) if found.tags)
    return dict(sorted(counts.items()))
