"""What the boxes of the dependency graph have in common: each is a component of its own, with settings of its own.

The settings of a component stand in the vars under `components`, by the component's name, and are laid over the other
vars: `components: {rds: {engine: postgres}}`. What a component needs from those before it, it takes from their outputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from mermaid_flow import Configure, Context, Declaration, MflowError, Output, Value

from . import _naming

COMPONENTS = {
    "Backend": "backend",
    "VPC": "vpc",
    "IAM": "iam",
    "SecurityGroups": "security-groups",
    "VPCEndpoints": "vpc-endpoints",
    "RolesPolicies": "roles-policies",
    "RDS": "rds",
    "ElastiCache": "elasticache",
    "EC2": "ec2",
    "EKS": "eks",
    "ECS": "ecs",
    "Lambda": "lambda",
    "DNS": "route53",
    "ACM": "acm",
    "LoadBalancer": "load-balancer",
    "APIGateway": "api-gateway",
    "Application": "application",
    "Monitoring": "monitoring",
}
"""The component of each node."""


_ACTING_AS = "box of the dependency graph"


def acting_as(context: Context, node: str) -> Context:
    """The context for a box of another diagram that does the work of one of the graph's: it deploys its component."""
    return replace(context, inputs={**context.inputs, _ACTING_AS: node})


def component(context: Context) -> str:
    """The name of the component that the box deploys."""
    return COMPONENTS[str(context.inputs.get(_ACTING_AS, context.node.id))]


def own(context: Context, node: str = "") -> Context:
    """The context with the settings of the node's component, or of another node's, laid over the vars."""
    name = COMPONENTS[node] if node else component(context)
    return replace(context, vars=context.vars.within(f"components.{name}"))


def known(context: Context, node: str) -> Mapping[str, object]:
    """The outputs of another node's component; none when it is not deployed."""
    return context.components.open(COMPONENTS[node]).outputs()


def needed(context: Context, node: str, *outputs: str) -> list[Value]:
    """Outputs of another node's component. Raises MflowError when one is not there: it has to be deployed first."""
    found = known(context, node)
    if missing := [name for name in outputs if name not in found]:
        raise MflowError(
            f"the component {COMPONENTS[node]!r} has no output {missing[0]!r}",
            code="graph.order",
            hint=f"deploy it first: --only {node}, or --with-dependencies",
        )
    return [cast("Value", found[name]) for name in outputs]


def group(context: Context, key: str) -> Value:
    """The id of one of the groups that *Security Groups* makes. Raises MflowError when it is not deployed."""
    (groups,) = needed(context, "SecurityGroups", "security_group_ids")
    return cast("Mapping[str, Value]", groups)[key]


def subnets(context: Context, tier: str = "private") -> Value:
    """The ids of the subnets of a tier of the VPC; of the private one where it has no such tier. Raises MflowError."""
    found = known(context, "VPC").get(f"{tier}_subnet_ids")
    return needed(context, "VPC", f"{tier if found else 'private'}_subnet_ids")[0]


def endpoint_services(context: Context) -> list[str]:
    """The services that *VPC Endpoints* makes ways to: the free ones, S3 and DynamoDB, when none is named."""
    return own(context, "VPCEndpoints").vars.get("vpc_endpoints", list[str], []) or ["s3", "dynamodb"]


def deploy(
    context: Context, declarations: Sequence[Declaration], outputs: Mapping[str, tuple[Value, str]]
) -> dict[str, object]:
    """Declare the whole of the node's component and apply it; returns its outputs.

    `outputs` are values and descriptions by name. Raises as an apply does.
    """
    deployed = context.components.open(component(context))
    published = [Output(name, value, description) for name, (value, description) in outputs.items()]
    deployed.declare(context.node.id, [*declarations, *published, Configure("*", {"tags": _naming.tags(own(context))})])
    return dict(deployed.outputs())


def run(context: Context, wired: Mapping[str, object], **usual: object) -> dict[str, object]:
    """Run the diagram of the node's component with its settings; returns the component's outputs.

    What is `wired`, from other components, gives way to the component's own settings only; what is `usual` to any var.
    Raises as the run of a sub-workflow does.
    """
    name = component(context)
    said = own(context).vars
    settings = context.vars.get(f"components.{name}", dict[str, object], {})
    missing = {key: value for key, value in usual.items() if said.get(key) is None}
    outputs = context.run_diagram(name, {**missing, **wired, **settings})["outputs"]
    return dict(cast("Mapping[str, object]", outputs))
