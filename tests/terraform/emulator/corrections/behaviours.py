"""What each correction is for, as a question to the emulated AWS that must be answered with yes."""

from __future__ import annotations

import contextlib
import functools
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeAlias

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws

from mermaid_flow.terraform.emulator.corrections import corrected

Behaviour: TypeAlias = Callable[[], bool]


@functools.cache
def client(service: str) -> Any:
    """A boto3 client of a service, in the region that all behaviours use."""
    with mock_aws():
        return _session().client(service, region_name="us-east-1")


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session()


class Behaviours:
    """The behaviours that one file of corrections brings, by the name of the correction."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.by_correction: dict[str, list[Behaviour]] = defaultdict(list)

    def shows(self, *corrections: str) -> Callable[[Behaviour], Behaviour]:
        """The decorated question is answered with yes only with these corrections."""

        def remember(behaviour: Behaviour) -> Behaviour:
            for correction in corrections:
                self.by_correction[correction].append(behaviour)
            return behaviour

        return remember

    def check(self, correction: str) -> None:
        """Yes with all corrections of the file; no without this one, or else moto does not need it any more."""
        behaviours = self.by_correction[correction]
        assert behaviours, f"nothing shows what {correction} is for"
        for behaviour in behaviours:
            with corrected(self.file), mock_aws():
                assert behaviour(), f"{correction} does not do what it is for"
            with corrected(self.file, without=correction), mock_aws():
                assert not _answer(behaviour), f"moto does without {correction} now: remove it"


def _answer(behaviour: Behaviour) -> bool:
    with contextlib.suppress(ClientError, BotoCoreError, NotImplementedError, LookupError, AttributeError):
        return behaviour()
    return False
