"""The table of corrections itself."""

from __future__ import annotations

from pathlib import Path

import moto.backend_index
import pytest

from mermaid_flow.terraform.emulator import corrections
from mermaid_flow.terraform.emulator.corrections import (
    EVERY_SERVICE,
    FILES,
    Correction,
    correct,
    corrected,
    corrections_of,
)

ALL_FILES = sorted({file for files in FILES.values() for file in files})


def test_every_service_is_one_that_moto_answers_for() -> None:
    assert set(FILES) - {EVERY_SERVICE} <= {name for name, _ in moto.backend_index.backend_url_patterns}


def test_every_file_of_corrections_belongs_to_a_service() -> None:
    folder = Path(corrections.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(ALL_FILES)


@pytest.mark.parametrize("file", ALL_FILES)
def test_every_correction_says_why(file: str) -> None:
    for correction in corrections_of(file).values():
        assert len(correction.reason) > 10


def test_leaving_takes_a_correction_out_again() -> None:
    [correction] = (value for value in corrections_of("cloudwatch").values() if isinstance(value, Correction))
    with corrected("cloudwatch"):
        assert correction.name in vars(correction.owner)
    assert correction.name not in vars(correction.owner)


def test_a_service_is_corrected_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Service:
        calls = 0

        def answer(self) -> int:
            return 1

    count = Correction(Service, "answer", "for this test", lambda original, service: original(service) + 1)
    monkeypatch.setattr(corrections, "corrections_of", lambda _: {"count": count})
    monkeypatch.setattr(corrections, "FILES", {"service": ("file",)})
    monkeypatch.setattr(corrections, "_applied", set())
    for _ in range(2):
        correct("service")
    correct("a service without corrections")
    assert Service().answer() == 2
