"""The dependency graph: every box is a component with a state of its own, deployed when those before it are there.

Boxes with a diagram of their own run it (VPC, RDS, EKS, Lambda, Route53, API Gateway); the others declare what they are
made of. One vars file describes all of them, see `vars/dependencies/`. `mflow run dependencies --only RDS
--with-dependencies` deploys a part of the graph, `mflow destroy dependencies` takes it down backwards.

On the local target nothing runs behind the APIs: no container starts, no request is led anywhere, no alarm goes off.
What is tested there is how AWS describes the components and what names what. Provider 3.39 takes versions of Redis
before 6 only; the modules for provider 6 are checked against its schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from mermaid_flow import Context, MflowError, ModuleCall, Value, Variables, action, check

from . import _aws, _databases, _graph, _naming, _network, lambda_function, rds, vpc

ROLES = {
    "ec2": ("ec2.amazonaws.com", "What instances work with", ["AmazonSSMManagedInstanceCore"]),
    "ecs-execution": (
        "ecs-tasks.amazonaws.com",
        "Pulls images and writes logs",
        ["service-role/AmazonECSTaskExecutionRolePolicy"],
    ),
    "ecs-task": ("ecs-tasks.amazonaws.com", "What containers work with", []),
}
"""Roles of the component iam: the service that assumes each, what it is for, and its managed policies."""

BOUNDARY = tuple(
    f"{service}:*"
    for service in (
        *("application-autoscaling", "autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "eks"),
        *("elasticloadbalancing", "events", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm"),
        *("ssmmessages", "ec2messages", "sts", "xray"),
    )
)
"""What roles of the environment may be allowed at most. IAM and the organisation are not among it."""


@check(diagram="dependencies")
def components_fit(context: Context) -> Iterator[MflowError]:
    """What the diagrams of the components would find wrong with their settings."""
    settings = context.vars.get("components", dict[str, object], {})
    for name in settings:
        if name not in _graph.COMPONENTS.values():
            yield MflowError(
                f"the graph has no component {name!r}",
                code="graph.component",
                where=context.vars.where(f"components.{name}"),
                hint=f"it has {', '.join(_graph.COMPONENTS.values())}",
            )
    asked = "components.vpc.enable_vpc_endpoints"
    if context.vars.get(asked, bool, False):
        yield MflowError(
            "the VPC's endpoints are the box VPC Endpoints here",
            code="graph.endpoints",
            where=context.vars.where(asked),
            hint="leave out enable_vpc_endpoints, and name them as vpc_endpoints of the component vpc-endpoints",
        )
    for node, problems in (
        ("VPC", vpc.addresses_fit),
        ("RDS", rds.database_fits),
        ("Lambda", lambda_function.the_place_fits),
    ):
        yield from problems(_graph.own(context, node))


@action("Backend", diagram="dependencies")
def backend(context: Context) -> dict[str, object]:
    """Where states of Terraform can be kept: an encrypted bucket that keeps versions, a table of locks, their key."""
    scope = _graph.own(context)
    name = f"{_naming.name_prefix(scope)}-terraform"
    key = ModuleCall("kms_key", "key", {"name": name, "description": "States of Terraform and their locks"})
    bucket = ModuleCall(
        "s3_bucket",
        "states",
        {
            "name": f"{name}-states",
            "kms_key_id": key.output("key_arn"),
            "force_destroy": scope.vars.get("force_destroy", bool),
        },
    )
    table = ModuleCall(
        "dynamodb_table",
        "locks",
        {"name": f"{name}-locks", "hash_key": {"name": "LockID", "type": "S"}, "kms_key_arn": key.output("key_arn")},
    )
    return _graph.deploy(
        context,
        [key, bucket, table],
        {
            "bucket_name": (bucket.output("bucket_name"), "Bucket of the states"),
            "table_name": (table.output("table_name"), "Table of the locks"),
            "key_arn": (key.output("key_arn"), "ARN of the key of both"),
        },
    )


@action("VPC", diagram="dependencies")
def network(context: Context) -> dict[str, object]:
    """The network, by the VPC diagram. Its endpoints are another box."""
    return _graph.run(context, {"enable_vpc_endpoints": False})


@action("IAM", diagram="dependencies")
def identities(context: Context) -> dict[str, object]:
    """The roles of instances and containers, and the boundary of all roles of the environment."""
    scope = _graph.own(context)
    name = _naming.name_prefix(scope)
    further = cast("dict[str, Value]", scope.vars.get("roles", dict[str, object], {}))
    roles: dict[str, Value] = {
        key: {"service": service, "description": description, "policies": policies}
        for key, (service, description, policies) in ROLES.items()
    }
    boundary: dict[str, Value] = {
        "description": "What roles of the environment may be allowed at most",
        "roles": [],
        "statements": [{"actions": BOUNDARY, "resources": ["*"]}],
    }
    bounds = ModuleCall("iam_policies", "boundary", {"name": name, "policies": {"boundary": boundary}})
    arn = bounds.output("policy_arns")["boundary"]
    call = ModuleCall("iam_roles", "roles", {"name": name, "roles": {**roles, **further}, "permissions_boundary": arn})
    return _graph.deploy(
        context,
        [bounds, call],
        {
            "role_arns": (call.output("role_arns"), "ARNs of the roles"),
            "role_names": (call.output("role_names"), "Names of the roles"),
            "instance_profile_names": (call.output("instance_profile_names"), "Names of the instance profiles"),
            "boundary_arn": (arn, "ARN of the policy that bounds every role"),
        },
    )


@action("Roles & Policies", diagram="dependencies")
def policies(context: Context) -> dict[str, object]:
    """What the roles may do besides: read the parameters of the application, and `policies` from the vars."""
    scope = _graph.own(context)
    (names,) = _graph.needed(context, "IAM", "role_names")
    roles = cast("dict[str, Value]", names)
    where = f"arn:aws:ssm:{context.run.region}:{_aws.account(context.run)}:parameter"
    reading: dict[str, Value] = {
        "description": "Reads the parameters of the application",
        "roles": [roles[key] for key in ("ec2", "ecs-task") if key in roles],
        "statements": [
            {
                "actions": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
                "resources": [f"{where}{parameter_path(scope)}/*"],
            }
        ],
    }
    further = {
        key: {**cast("dict[str, Value]", policy), "roles": [roles.get(role, role) for role in _roles_of(policy)]}
        for key, policy in scope.vars.get("policies", dict[str, dict[str, object]], {}).items()
    }
    call = ModuleCall(
        "iam_policies",
        "policies",
        {"name": _naming.name_prefix(scope), "policies": {"read-parameters": reading, **further}},
    )
    return _graph.deploy(context, [call], {"policy_arns": (call.output("policy_arns"), "ARNs of the policies")})


def parameter_path(context: Context) -> str:
    """Below which path the parameters of the application stand."""
    return f"/{_naming.name_prefix(context).replace('-', '/')}/application"


def _roles_of(policy: dict[str, object]) -> list[str]:
    roles = policy.get("roles", [])
    return [str(role) for role in roles] if isinstance(roles, list) else []


@action("Security Groups", diagram="dependencies")
def security_groups(context: Context) -> dict[str, object]:
    """Who talks with whom: the VPC with the load balancer, it with applications, they with databases and caches."""
    scope = _graph.own(context)
    vpc_id, cidr = _graph.needed(context, "VPC", "vpc_id", "vpc_cidr")
    groups = {**usual_groups(context, cidr), **scope.vars.get("security_groups", dict[str, object], {})}
    call = ModuleCall(
        "security_groups",
        "groups",
        {"name": _naming.name_prefix(scope), "vpc_id": vpc_id, "groups": cast("Value", groups)},
    )
    return _graph.deploy(
        context, [call], {"security_group_ids": (call.output("security_group_ids"), "Ids of the security groups")}
    )


def application_port(variables: Variables) -> int:
    """The port that the applications listen to."""
    return variables.get("application_port", int, 8080)


def cache_port(context: Context) -> int:
    """The port that the cache listens to."""
    return _graph.own(context, "ElastiCache").vars.get("port", int, 6379)


def usual_groups(context: Context, cidr: Value) -> dict[str, object]:
    """The security groups that the other components use. `cidr` is the range of the VPC."""
    serving, caching = application_port(context.vars), cache_port(context)
    storage = _graph.own(context, "RDS")
    storing = storage.vars.get("port", int) or _databases.chosen(replace(storage, values={})).port
    return {
        "load-balancer": {
            "description": "Who may reach the load balancer: the VPC",
            "ingress": [_rule("HTTP", 80, cidr), _rule("HTTPS", 443, cidr)],
            "egress": [_rule("Applications", serving, "application"), _rule("Pods and others", serving, cidr)],
        },
        "application": {
            "description": "Instances and containers that the load balancer leads to",
            "ingress": [_rule("Load balancer", serving, "load-balancer")],
            "egress": [
                _rule("HTTPS to anywhere", 443, "0.0.0.0/0"),
                _rule("Databases", storing, cidr),
                _rule("Caches", caching, "cache"),
            ],
        },
        "cache": {
            "description": "Caches, reached by applications only",
            "ingress": [_rule("Applications", caching, "application")],
        },
    }


def _rule(description: str, port: int, peer: Value) -> dict[str, Value]:
    return {"description": description, "from_port": port, "to_port": port, "peers": [peer]}


@action("VPC Endpoints", diagram="dependencies")
def endpoints(context: Context) -> dict[str, object]:
    """Ways to services of AWS that stay inside the network: S3 and DynamoDB, or what `vpc_endpoints` names."""
    scope = _graph.own(context)
    vpc_id, cidr, private = _graph.needed(context, "VPC", "vpc_id", "vpc_cidr", "private_subnet_ids")
    outputs = _graph.known(context, "VPC")
    tables = [outputs[f"{tier}_route_table_ids"] for tier in _network.TIERS if f"{tier}_route_table_ids" in outputs]
    zones = len(_network.zones(_graph.own(context, "VPC").vars))
    call = ModuleCall(
        "vpc_endpoints",
        "endpoints",
        {
            "name": _naming.name_prefix(scope),
            "vpc_id": vpc_id,
            "vpc_cidr_block": cidr,
            "region": context.run.region,
            "services": _graph.endpoint_services(context),
            "route_table_ids": cast("Value", tables),
            "subnet_ids": cast("list[Value]", private)[:zones],  # they are spread over the zones in turn
        },
    )
    return _graph.deploy(context, [call], {"vpc_endpoint_ids": (call.output("endpoint_ids"), "Ids by service")})


@action("Route53", diagram="dependencies")
def names(context: Context) -> dict[str, object]:
    """The hosted zones, by the Route53 diagram: one for `domain_name` unless `zones` says otherwise."""
    domain = context.vars.get("domain_name", str)
    return _graph.run(context, {}, **({"zones": {"main": {"name": domain}}} if domain else {}))


@action("ACM", diagram="dependencies")
def certificate(context: Context) -> dict[str, object]:
    """A certificate for the API's name, validated by records in the zone `zone` (its key; `main` without it)."""
    scope = _graph.own(context)
    (zones,) = _graph.needed(context, "DNS", "zone_ids")
    key = scope.vars.get("zone", str, "main")
    found = cast("dict[str, Value]", zones)
    if key not in found:
        raise MflowError(
            f"Route53 has no zone {key!r}",
            code="graph.zone",
            where=scope.vars.where("zone"),
            hint=f"it has {', '.join(found)}",
        )
    call = ModuleCall(
        "acm_certificate",
        "certificate",
        {
            "domain_name": api_domain(context),
            "alternative_names": cast("Value", scope.vars.get("alternative_names", list[str])),
            "zone_id": found[key],
        },
    )
    return _graph.deploy(
        context, [call], {"certificate_arn": (call.output("certificate_arn"), "ARN of the valid certificate")}
    )


def api_domain(context: Context) -> str:
    """The name of the API: `domain_name` of the component acm, or `api.` and the environment's domain."""
    said = context.vars.get(f"components.{_graph.COMPONENTS['ACM']}.domain_name", str)
    return said or f"api.{context.vars.require('domain_name', str)}"
