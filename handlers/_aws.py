"""Questions to AWS that Terraform does not ask. Answered by the run's target, the emulated AWS or the real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from mermaid_flow import MflowError, RunFailed

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.client import BaseClient

    from mermaid_flow.handlers.context import RunInfo


def account(run: RunInfo) -> str:
    """The account that the run's credentials belong to. Raises MflowError when AWS does not answer or refuses."""
    with client(run, "sts") as sts:
        return str(sts.get_caller_identity()["Account"])


def availability_zones(run: RunInfo) -> list[str]:
    """The availability zones of the run's region. Raises MflowError when AWS does not answer or refuses."""
    with client(run, "ec2") as ec2:
        return sorted(zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"])


_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")
_making = Lock()


@lru_cache(maxsize=8)
def _session(
    make: type[Session], region: str, key: str | None, secret: str | None, token: str | None, profile: str | None
) -> Session:
    """A session for credentials: it keeps what it has read of the services, which takes half a second for EC2."""
    return make(key, secret, token, region, profile_name=profile)


@contextmanager
def client(run: RunInfo, service: str) -> Iterator[BaseClient]:
    """A boto3 client for the run's target, whose errors become the user's."""
    try:
        import boto3  # noqa: PLC0415 - slow to import, and an optional extra
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError:
        raise MflowError(
            "boto3 is needed to look at AWS",
            code="aws.boto3",
            hint="pip install 'mermaid-flow[local]', or pip install boto3",
        ) from None
    settings = run.environment
    try:
        patience = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})
        with _making:  # clients may be used by many threads, sessions may not
            session = _session(boto3.Session, run.region, *(settings.get(name) for name in _CREDENTIALS))
            client = session.client(service, endpoint_url=settings.get("AWS_ENDPOINT_URL"), config=patience)
        yield client
    except (BotoCoreError, ClientError) as error:
        raise RunFailed(
            f"AWS ({service}, {run.region}) does not answer as it should: {error}",
            code="aws.refused",
            hint="check the credentials and the region" if run.target == "aws" else "mflow local status",
        ) from error
