"""`mflow toolchain`: which Terraform is used, and how to get one."""

from __future__ import annotations

import click

from mermaid_flow.cli.output import format_option, print_json


@click.group("toolchain")
def command() -> None:
    """Find or install Terraform."""


@command.command()
@format_option("text", "json")
def status(form: str) -> None:
    """Say which Terraform or OpenTofu is used."""
    from mermaid_flow.terraform.toolchain import find_toolchain

    found = find_toolchain()
    if form == "json":
        version = ".".join(map(str, found.version))
        print_json({"path": str(found.path), "flavour": found.flavour, "version": version})
    else:
        click.echo(str(found))


@command.command()
@click.option("--if-missing", is_flag=True, help="Do nothing when a usable one is there.")
def install(if_missing: bool) -> None:
    """Fetch the pinned official Terraform release into mflow's cache and check its SHA-256."""
    from mermaid_flow.terraform.toolchain import ToolchainMissing, find_toolchain

    if if_missing:
        try:
            click.echo(f"using {find_toolchain()}")
            return
        except ToolchainMissing:
            pass
    from mermaid_flow.terraform.toolchain import install as fetch

    click.echo(fetch())
