"""Where Terraform works: the emulated AWS of this machine or a real account. Everything else only sees a `Target`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Target(Protocol):
    """What Terraform and the handlers reach. The first line of a run is its `describe()`."""

    @property
    def name(self) -> str:
        """`local` or `aws`."""

    @property
    def region(self) -> str:
        """The AWS region."""

    @property
    def account(self) -> str:
        """The AWS account id; an empty string while it is not known."""

    def ensure(self) -> None:
        """Make the target ready: start the local cloud, check the credentials. Raises MflowError. Cheap when it is ready."""

    def environment(self) -> Mapping[str, str]:
        """Process environment for terraform and for handlers: credentials, endpoint, CLI configuration file."""

    def override_files(self) -> Mapping[str, str]:
        """Generated HCL beside the root module, file name (`*_override.tf`) to text: the provider block."""

    def provider_versions(self) -> Mapping[str, str]:
        """The version that each provider will have, by source address (`hashicorp/aws`); absent when any will do."""

    def describe(self) -> str:
        """One line for people: the target and, for AWS, account and region."""
