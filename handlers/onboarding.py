"""Environment onboarding: a whole environment from one vars file, stack by stack.

A stack is one component or several, each with a state of its own in the backend that *Initialize Backend* makes with
the state diagram. The boxes inside a layer describe or deploy its parts, and the layer's last box sees that they are
there: the network's boxes declare the component `vpc` with the pieces of the VPC diagram, and *Network Complete* builds
it in one go; every other box deploys what the box of the same thing in the dependency graph does, the database by the
RDS diagram. What a component needs from those before it, it takes from their outputs.

Settings of a component stand under `components`, by its name, as for the dependency graph. `mflow destroy onboarding`
takes everything down again, the backend last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    RunFailed,
    Value,
    action,
    check,
)

from . import _aws, _graph, _naming, _prerequisites, _state, dependencies, rds, vpc
from . import dependencies_delivery as delivery
from . import dependencies_workloads as workloads

KMS = "kms"
"""The component of the environment's key."""

NODES = (
    "VPC",
    "IAM",
    "RolesPolicies",
    "SecurityGroups",
    "RDS",
    "EC2",
    "ECS",
    "LoadBalancer",
    "Application",
    "Monitoring",
)
"""The boxes of the dependency graph whose components the stacks are made of."""


@check(diagram="onboarding")
def environment_fits(context: Context) -> Iterator[MflowError]:
    """Settings for components that there are not, and what the diagrams of the others would refuse."""
    known = [*(_graph.COMPONENTS[node] for node in NODES), KMS, "state"]
    for name in context.vars.get("components", dict[str, object], {}):
        if name not in known:
            yield MflowError(
                f"the environment has no component {name!r}",
                code="onboarding.component",
                where=context.vars.where(f"components.{name}"),
                hint=f"it has {', '.join(known)}",
            )
    yield from _state.name_problems(_settings(context, "state").vars)
    yield from vpc.addresses_fit(_graph.own(context, "VPC"))
    yield from rds.database_fits(_graph.own(context, "RDS"))


@action("Check Prerequisites", diagram="onboarding")
def check_prerequisites(context: Context) -> dict[str, object]:
    """See that tools, credentials, zones and quotas suffice, and that the VPC's addresses are nobody else's."""
    return _prerequisites.examined(context, _graph.own(context, "VPC").vars)


@action("Initialize Backend", diagram="onboarding")
def initialize_backend(context: Context) -> dict[str, object]:
    """Make or find the place for state, by the state diagram; every component below keeps its state there."""
    settings = context.vars.get("components.state", dict[str, object], {})
    said = cast("Mapping[str, Mapping[str, object]]", context.run_diagram("state", settings))
    kept = {**said["InitBackend"], **said["UseExistingBackend"]}
    return {**kept, "role_arn": said.get("UseIAMRoles", {}).get("role_arn")}


@action("Create Network Stack", diagram="onboarding")
def create_network_stack(context: Context) -> dict[str, object]:
    """Begin the component `vpc`: see that the zones are there, settle which range lies where, tag everything."""
    scope = _network_scope(context)
    found = vpc.load_vpc_configuration(scope)
    _declare_network(scope, [Configure("*", {"tags": _naming.tags(scope)})])
    return {**found, "layout": vpc.create_subnets(scope)}


@action("Deploy VPC", diagram="onboarding")
def deploy_vpc(context: Context) -> None:
    """The VPC with its internet gateway, security groups for each tier, and flow logs."""
    scope = _network_scope(context)
    parts = (
        vpc.create_vpc,
        vpc.create_internet_gateway,
        vpc.attach_internet_gateway,
        vpc.configure_security_groups,
        vpc.setup_flow_logs,
    )
    _declare_network(scope, [part(scope) for part in parts])


@action("Deploy Subnets", diagram="onboarding")
def deploy_subnets(context: Context) -> None:
    """Public, private and database subnets, and the group by which RDS knows the last ones."""
    scope = _network_scope(context)
    parts = (vpc.create_public_subnets, vpc.create_private_subnets, vpc.create_database_subnets)
    _declare_network(scope, [part(scope) for part in parts])


@action("Deploy NAT Gateway", diagram="onboarding")
def deploy_nat_gateway(context: Context) -> dict[str, object]:
    """NAT gateways and the way to them, unless `enable_nat_gateway` is false."""
    scope = _network_scope(context)
    needed = vpc.nat_gateway_needed(scope)
    _declare_network(scope, [vpc.create_nat_gateway(scope)] if needed else [])
    return {"needed": needed}


@action("Deploy Route Tables", diagram="onboarding")
def deploy_route_tables(context: Context) -> dict[str, object]:
    """Routes of each tier, and endpoints of services where `vpc_endpoints` names any."""
    scope = _network_scope(context)
    parts = [
        part(scope)
        for part in (vpc.configure_public_routes, vpc.configure_private_routes, vpc.configure_database_routes)
    ]
    endpoints = vpc.endpoints_needed(scope)
    _declare_network(scope, [*parts, *([vpc.create_vpc_endpoints(scope)] if endpoints else [])])
    return {"endpoints": endpoints}


@action("Network Complete", diagram="onboarding")
def network_complete(context: Context) -> dict[str, object]:
    """Build the network that the boxes before described, and see that AWS calls it available."""
    outputs = context.components.open("vpc").outputs()
    with _aws.client(context.run, "ec2") as ec2:
        (found,) = cast("Any", ec2).describe_vpcs(VpcIds=[outputs["vpc_id"]])["Vpcs"]
    if found["State"] != "available":
        raise RunFailed(f"the VPC {outputs['vpc_id']} is {found['State']}", code="onboarding.network")
    return dict(outputs)


@action("Create IAM Stack", diagram="onboarding")
def create_iam_stack(context: Context) -> dict[str, object]:
    """Begin the components `iam` and `roles-policies`: their states go to the backend."""
    return {"components": [_prepared(context, node) for node in ("IAM", "RolesPolicies")]}


@action("Deploy IAM Roles", diagram="onboarding")
def deploy_roles(context: Context) -> dict[str, object]:
    """The roles of instances and containers, and the boundary of all roles."""
    return dependencies.identities(_graph.acting_as(context, "IAM"))


@action("Deploy IAM Policies", diagram="onboarding")
def deploy_policies(context: Context) -> dict[str, object]:
    """What the roles may do: read the parameters of the application, and the var `policies`."""
    return dependencies.policies(_graph.acting_as(context, "RolesPolicies"))


@action("IAM Complete", diagram="onboarding")
def iam_complete(context: Context) -> dict[str, object]:
    """See that IAM knows every role, bounded as it should be."""
    names, boundary = _graph.needed(context, "IAM", "role_names", "boundary_arn")
    roles = cast("Mapping[str, str]", names)
    with _aws.client(context.run, "iam") as iam:
        found = [cast("Any", iam).get_role(RoleName=name)["Role"] for name in roles.values()]
    for role in found:
        if role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") != boundary:
            raise RunFailed(f"the role {role['RoleName']} is not bounded", code="onboarding.iam")
    return {"roles": sorted(roles.values())}


@action("Create Security Stack", diagram="onboarding")
def create_security_stack(context: Context) -> dict[str, object]:
    """Begin the components `security-groups` and `kms`: their states go to the backend."""
    _keep_state(context, KMS)
    return {"components": [_prepared(context, "SecurityGroups"), KMS]}


@action("Deploy Security Groups", diagram="onboarding")
def deploy_security_groups(context: Context) -> dict[str, object]:
    """Who talks with whom: the VPC with the load balancer, it with applications, they with databases."""
    return dependencies.security_groups(_graph.acting_as(context, "SecurityGroups"))


@action("Deploy KMS Keys", diagram="onboarding")
def deploy_keys(context: Context) -> dict[str, object]:
    """The environment's key, which encrypts the database, its logs and the parameters of the application."""
    scope = _settings(context, KMS)
    name = f"{_naming.name_prefix(scope)}-data"
    inputs: dict[str, Value] = {
        "name": name,
        "description": f"Data of {_naming.name_prefix(scope)}",
        "cloudwatch_logs": True,
        "tags": _naming.tags(scope),
    }
    key = ModuleCall("kms_key", "data", inputs)
    component = context.components.open(KMS)
    component.declare(context.node.id, [key, Output("key_arn", key.output("key_arn"), "ARN of the environment's key")])
    return dict(component.outputs())


@action("Security Complete", diagram="onboarding")
def security_complete(context: Context) -> dict[str, object]:
    """See that the key is renewed every year, and that no group but the load balancer's lets the internet in."""
    key = _key_arn(context)
    (groups,) = _graph.needed(context, "SecurityGroups", "security_group_ids")
    ids = list(cast("Mapping[str, str]", groups).values())
    with _aws.client(context.run, "kms") as kms:
        if not cast("Any", kms).get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]:
            raise RunFailed(f"the key {key} is not renewed", code="onboarding.key")
    with _aws.client(context.run, "ec2") as ec2:
        found = cast("Any", ec2).describe_security_groups(GroupIds=ids)["SecurityGroups"]
    for group in found:
        ranges = [peer["CidrIp"] for rule in group["IpPermissions"] for peer in rule["IpRanges"]]
        if "0.0.0.0/0" in ranges and not group["GroupName"].endswith("load-balancer"):
            raise RunFailed(f"the group {group['GroupName']} lets the internet in", code="onboarding.groups")
    return {"security_group_ids": ids, "key_arn": key}


@action("Create Database Stack", diagram="onboarding")
def create_database_stack(context: Context) -> dict[str, object]:
    """The database, by the RDS diagram: in the database tier, encrypted with the environment's key."""
    _prepared(context, "RDS")
    wired = {"allowed_security_groups": [_graph.group(context, "application")], "kms_key_id": _key_arn(context)}
    return _graph.run(_graph.acting_as(context, "RDS"), wired)


@action("Create Compute Stack", diagram="onboarding")
def create_compute_stack(context: Context) -> dict[str, object]:
    """Instances in the private tier, with the role and the groups of the stacks before."""
    _prepared(context, "EC2")
    return workloads.instances(_graph.acting_as(context, "EC2"))


@action("Create Application Stack", diagram="onboarding")
def create_application_stack(context: Context) -> dict[str, object]:
    """A service of containers, a load balancer unless `enable_load_balancer` is false, parameters for applications."""
    _prepared(context, "ECS")
    outputs = workloads.containers(_graph.acting_as(context, "ECS"))
    if context.vars.get("enable_load_balancer", bool, True):
        _prepared(context, "LoadBalancer")
        outputs |= delivery.load_balancer(_graph.acting_as(context, "LoadBalancer"))
    _prepared(context, "Application")
    return outputs | delivery.application(_graph.acting_as(context, "Application"))


@action("Create Monitoring Stack", diagram="onboarding")
def create_monitoring_stack(context: Context) -> dict[str, object]:
    """Alarms on what the stacks before have built, a topic that they tell, a dashboard of all."""
    _prepared(context, "Monitoring")
    return delivery.monitoring(_graph.acting_as(context, "Monitoring"))


def _settings(context: Context, component: str) -> Context:
    return replace(context, vars=context.vars.within(f"components.{component}"))


def _network_scope(context: Context) -> Context:
    return _graph.own(context, "VPC")


def _declare_network(context: Context, parts: Sequence[object]) -> None:
    """Declare, for the box, what pieces of the VPC diagram return; a piece that skips its work declares nothing."""
    _keep_state(context, "vpc")
    listed = [part if isinstance(part, list) else [part] for part in parts]
    declared = [piece for part in listed for piece in part if isinstance(piece, Declaration)]
    context.components.open("vpc").declare(context.node.id, declared)


def _prepared(context: Context, node: str) -> str:
    """Let the component of a box of the dependency graph keep its state in the backend; returns its name."""
    return _keep_state(context, _graph.COMPONENTS[node])


def _keep_state(context: Context, name: str) -> str:
    said = context.values["InitBackend"]
    kept = _state.Storage(
        str(said["bucket"]), str(said["table"]), context.run.region, cast("str | None", said["state_key_arn"])
    )
    component = context.components.open(name)
    role = cast("str | None", said["role_arn"])
    component.keep_state_in(_state.backend(kept, f"{component.name}/terraform.tfstate", role_arn=role))
    return component.name


def _key_arn(context: Context) -> str:
    return str(context.components.open(KMS).outputs()["key_arn"])
