"""The boxes that every component diagram has: start, tags, outputs, and what was left out."""

from __future__ import annotations

from mermaid_flow import Configure, Context, Skipped, action, configure
from mermaid_flow.terraform.toolchain import find_toolchain

from . import _aws, _naming


@action("Initialize Terraform")
def initialize_terraform(context: Context) -> dict[str, object]:
    """Find Terraform and see that the target answers, before anything is declared."""
    toolchain = find_toolchain()
    account = _aws.account(context.run)
    context.log.info("%s, target %s, account %s, region %s", toolchain, context.run.target, account, context.run.region)
    return {
        "flavour": toolchain.flavour,
        "version": ".".join(map(str, toolchain.version)),
        "target": context.run.target,
        "account": account,
        "region": context.run.region,
    }


@configure("Tag All Resources")
def tag_all_resources(context: Context) -> Configure:
    """The same tags for every module call of the component."""
    return Configure("*", {"tags": _naming.tags(context)})


@action("Output * Values")
def output_values(context: Context) -> dict[str, object]:
    """Apply what the boxes before declared, and publish the component's outputs."""
    return dict(context.component.outputs())


@configure("Skip *")
def skip(context: Context) -> Skipped:
    """A box that stands for work left out."""
    return Skipped(f"{context.node.label.removeprefix('Skip ')}: not asked for")
