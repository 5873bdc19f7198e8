"""How many things of which kind the emulated cloud holds, for `mflow local status`."""

from __future__ import annotations

from collections import Counter

from moto.core.base_backend import BackendDict
from moto.core.common_models import BaseModel


def resources() -> dict[str, int]:
    """Things by `service.Kind`, without what an AWS account has from the start. Loads nothing of moto by itself."""
    counts: Counter[str] = Counter()
    for table in list(BackendDict._instances):
        for _, _, backend in list(table.iter_backends()):
            for attribute in list(vars(backend).values()):
                values = attribute.values() if isinstance(attribute, dict) else attribute
                if isinstance(values, (list, tuple)) or isinstance(attribute, dict):
                    counts.update(
                        f"{table.service_name}.{type(value).__name__}"
                        for value in list(values)
                        if isinstance(value, BaseModel)
                    )
    return dict(sorted(counts.items()))
