"""The dependency graph's middle: databases and caches, and what computes (instances, containers, functions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from mermaid_flow import Context, ModuleCall, Value, action

from . import _graph, _naming, eks
from .dependencies import application_port

EXAMPLE_IMAGE = "public.ecr.aws/nginx/nginx-unprivileged:stable"
"""What the containers run when the vars name no image: a web server on port 8080."""

CODE = ("inline_code", "filename", "source_dir", "s3_key", "image_uri")
"""The vars that say where a function's code is."""

EXAMPLE_CODE = """def handler(event, context):
    return {"statusCode": 200, "body": "it works"}
"""


@action("RDS", diagram="dependencies")
def database(context: Context) -> dict[str, object]:
    """The database, by the RDS diagram: in the database tier, reached by the applications."""
    return _graph.run(context, {"allowed_security_groups": [_graph.group(context, "application")]})


@action("ElastiCache", diagram="dependencies")
def cache(context: Context) -> dict[str, object]:
    """A Redis cache in the database tier, reached by the applications: encrypted, with a replica in another zone."""
    scope = _graph.own(context)
    variables = scope.vars
    call = ModuleCall(
        "elasticache",
        "cache",
        {
            "name": f"{_naming.name_prefix(scope).casefold()[:34]}-cache",
            "description": f"Cache of {_naming.name_prefix(scope)}",
            "subnet_ids": _graph.subnets(context, "database"),
            "security_group_ids": [_graph.group(context, "cache")],
            "engine_version": variables.get("engine_version", str),
            "family": variables.get("family", str, "redis7"),
            "parameters": _texts(variables.get("parameters", dict[str, object])),
            "node_type": variables.get("node_type", str),
            "node_count": variables.get("node_count", int),
            "port": variables.get("port", int),
            "kms_key_id": variables.get("kms_key_id", str),
            "snapshot_retention_days": variables.get("snapshot_retention_days", int),
        },
    )
    return _graph.deploy(
        context,
        [call],
        {
            "cache_address": (call.output("address"), "Name of the host to connect to, with TLS"),
            "cache_port": (call.output("port"), "Port to connect to"),
            "replication_group_id": (call.output("replication_group_id"), "Id of the cache"),
        },
    )


@action("EC2", diagram="dependencies")
def instances(context: Context) -> dict[str, object]:
    """Instances in the private tier, with the role and the groups of the components before."""
    scope = _graph.own(context)
    variables = scope.vars
    (profiles,) = _graph.needed(context, "IAM", "instance_profile_names")
    call = ModuleCall(
        "ec2_instances",
        "instances",
        {
            "name": _naming.name_prefix(scope),
            "instance_count": variables.get("instance_count", int),
            "instance_type": variables.get("instance_type", str),
            "ami_id": variables.get("ami_id", str),
            "subnet_ids": _graph.subnets(context),
            "security_group_ids": [_graph.group(context, "application")],
            "instance_profile_name": cast("Mapping[str, Value]", profiles)["ec2"],
            "user_data": variables.get("user_data", str),
            "volume_size": variables.get("volume_size", int),
            "kms_key_id": variables.get("kms_key_id", str),
            "detailed_monitoring": variables.get("detailed_monitoring", bool),
        },
    )
    return _graph.deploy(
        context,
        [call],
        {
            "instance_ids": (call.output("instance_ids"), "Ids of the instances"),
            "private_ips": (call.output("private_ips"), "Their addresses inside the VPC"),
        },
    )


@action("EKS", diagram="dependencies")
def cluster(context: Context) -> dict[str, object]:
    """A Kubernetes cluster in the private tier, by the EKS diagram."""
    made = _graph.endpoint_services(context)
    wired = {"vpc_endpoints": [service for service in eks.ENDPOINTS if service not in made]}
    return _graph.run(context, wired, cluster_name="main")


@action("ECS", diagram="dependencies")
def containers(context: Context) -> dict[str, object]:
    """A cluster of containers on Fargate and a service in it, which the load balancer is told of when it is there."""
    scope = _graph.own(context)
    variables = scope.vars
    name = _naming.name_prefix(scope)
    (found,) = _graph.needed(context, "IAM", "role_arns")
    roles = cast("Mapping[str, Value]", found)
    image = variables.get("image", str)
    logs = ModuleCall("log_groups", "logs", {"log_groups": {"service": f"/aws/ecs/{name}"}})
    group = ModuleCall("ecs_cluster", "cluster", {"name": name})
    service = ModuleCall(
        "ecs_service",
        "service",
        {
            "name": name,
            "cluster_arn": group.output("cluster_arn"),
            "cluster_name": group.output("cluster_name"),
            "container": {
                "name": variables.get("container_name", str, "app"),
                "image": image or EXAMPLE_IMAGE,
                "port": application_port(variables),
                "environment": _texts(variables.get("environment_variables", dict[str, object])) or {},
                "readonly": variables.get("readonly_root_filesystem", bool, image is not None),
            },
            "cpu": variables.get("cpu", int),
            "memory": variables.get("memory", int),
            "minimum_tasks": variables.get("minimum_tasks", int),
            "maximum_tasks": variables.get("maximum_tasks", int),
            "execution_role_arn": roles["ecs-execution"],
            "task_role_arn": roles["ecs-task"],
            "log_group_name": logs.output("log_group_names")["service"],
            "subnet_ids": _graph.subnets(context),
            "security_group_ids": [_graph.group(context, "application")],
        },
    )
    return _graph.deploy(
        context,
        [logs, group, service],
        {
            "cluster_name": (group.output("cluster_name"), "Name of the cluster"),
            "service_name": (service.output("service_name"), "Name of the service"),
            "task_definition_arn": (service.output("task_definition_arn"), "ARN of the task definition"),
        },
    )


@action("Lambda", diagram="dependencies")
def function(context: Context) -> dict[str, object]:
    """A function in the private tier, by the Lambda diagram, its role bounded; an example unless the vars have one."""
    (boundary,) = _graph.needed(context, "IAM", "boundary_arn")
    scope = _graph.own(context).vars
    coded = any(scope.get(name) is not None for name in CODE)
    example: dict[str, object] = {} if coded else {"inline_code": EXAMPLE_CODE, "handler": "index.handler"}
    wired = {"vpc_access": True, "permissions_boundary": boundary}
    return _graph.run(context, wired, function_name="worker", runtime="python3.13", **example)


def _texts(values: Mapping[str, object] | None) -> dict[str, Value] | None:
    return None if values is None else {key: _naming.text(value) for key, value in values.items()}
