"""The dependency graph's end: what leads requests to the workloads, what applications are told, what is watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from mermaid_flow import Configure, Context, Declaration, ModuleCall, Value, action

from . import _graph, _naming
from .dependencies import api_domain, application_port, parameter_path

LONGEST_NAME = 26
"""Of a load balancer, so that its target groups can have names of 32 characters."""


@action("Load Balancer", diagram="dependencies")
def load_balancer(context: Context) -> dict[str, object]:
    """An internal load balancer that leads to instances, containers and pods, by path.

    The instances are registered here. The service of ECS is told of its target group, which has to be there first; and
    pods register themselves, by a TargetGroupBinding of the AWS Load Balancer Controller.
    """
    scope = _graph.own(context)
    variables = scope.vars
    (vpc_id,) = _graph.needed(context, "VPC", "vpc_id")
    call = ModuleCall(
        "load_balancer",
        "load_balancer",
        {
            "name": _naming.name_prefix(scope)[:LONGEST_NAME].rstrip("-"),
            "vpc_id": vpc_id,
            "subnet_ids": _graph.subnets(context),
            "security_group_ids": [_graph.group(context, "load-balancer")],
            "target_groups": _target_groups(context),
            "certificate_arn": variables.get("certificate_arn", str),
            "deletion_protection": variables.get("deletion_protection", bool),
            "access_logs_bucket": variables.get("access_logs_bucket", str),
        },
    )
    outputs = _graph.deploy(
        context,
        [call],
        {
            name: (call.output(name), description)
            for name, description in (
                ("load_balancer_arn", "ARN of the load balancer"),
                ("load_balancer_arn_suffix", "What CloudWatch calls it"),
                ("dns_name", "Name of the host that it is reached by"),
                ("listener_arn", "ARN of the listener"),
                ("target_group_arns", "ARNs of the target groups"),
            )
        },
    )
    _register_service(context, cast("Mapping[str, Value]", outputs["target_group_arns"]))
    return outputs


def _target_groups(context: Context) -> dict[str, Value]:
    """A group for each kind of workload that is deployed."""
    scope = _graph.own(context)
    paths = scope.vars.get("paths", dict[str, list[str]], {})
    health = scope.vars.get("health_path", str, "/")
    found: dict[str, Value] = {}
    for node, kind, registered in (("EC2", "instance", "instance_ids"), ("ECS", "ip", ""), ("EKS", "ip", "")):
        outputs, key = _graph.known(context, node), node.casefold()
        if outputs:
            found[key] = {
                "target_type": kind,
                "port": application_port(_graph.own(context, node).vars),
                "paths": paths.get(key, [f"/{key}/*"]),
                "health_path": health,
                "target_ids": cast("Value", outputs.get(registered, [])),
            }
    return found


def _register_service(context: Context, target_groups: Mapping[str, Value]) -> None:
    if "ecs" in target_groups:
        component = context.components.open(_graph.COMPONENTS["ECS"])
        component.declare(context.node.id, [Configure("service", {"target_group_arns": [target_groups["ecs"]]})])
        component.apply()


@action("API Gateway", diagram="dependencies")
def api(context: Context) -> dict[str, object]:
    """The way in from the internet, by the API Gateway diagram: `/jobs` leads to the function, the rest by the VPC
    link to the load balancer, under the certificate's name."""
    (listener,) = _graph.needed(context, "LoadBalancer", "listener_arn")
    (certificate,) = _graph.needed(context, "ACM", "certificate_arn")
    (zones,) = _graph.needed(context, "DNS", "zone_ids")
    zone = _graph.own(context, "ACM").vars.get("zone", str, "main")
    wired = {
        "api_integrations": [
            {"path": "/jobs", "method": "POST", "type": "Lambda"},
            {"path": "/{proxy+}", "method": "ANY", "type": "VPC Link", "uri": listener},
        ],
        "domain_name": api_domain(context),
        "certificate_arn": certificate,
        "zone_id": cast("Mapping[str, Value]", zones)[zone],
    }
    return _graph.run(context, wired, api_name="api", api_type="HTTP")


@action("Application Layer", diagram="dependencies")
def application(context: Context) -> dict[str, object]:
    """What applications need to know, as encrypted parameters: where the database, the cache and the API are."""
    told = {
        "database/address": ("RDS", "db_address"),
        "database/port": ("RDS", "db_port"),
        "database/secret": ("RDS", "db_master_user_secret_arn"),
        "cache/address": ("ElastiCache", "cache_address"),
        "cache/port": ("ElastiCache", "cache_port"),
        "load-balancer/address": ("LoadBalancer", "dns_name"),
        "api/url": ("APIGateway", "domain_url"),
    }
    outputs = {node: _graph.known(context, node) for node, _ in told.values()}
    scope = _graph.own(context)
    parameters: dict[str, Value] = {
        name: str(outputs[node][output]) for name, (node, output) in told.items() if outputs[node].get(output)
    }
    further = scope.vars.get("parameters", dict[str, object], {})
    parameters |= {name: _naming.text(value) for name, value in further.items()}
    call = ModuleCall(
        "ssm_parameters",
        "parameters",
        {
            "path": parameter_path(scope),
            "parameters": parameters,
            "kms_key_id": scope.vars.get("kms_key_id", str),
        },
    )
    return _graph.deploy(context, [call], {"parameter_names": (call.output("parameter_names"), "Names by key")})


@action("Monitoring", diagram="dependencies")
def monitoring(context: Context) -> dict[str, object]:
    """Alarms on instances, database, function, API and NAT gateways; a topic that they tell; a dashboard of all."""
    scope = _graph.own(context)
    name = _naming.name_prefix(scope)
    key = ModuleCall(
        "kms_key",
        "key",
        {"name": f"{name}-alarms", "description": "Alarms to the topic", "services": ["cloudwatch.amazonaws.com"]},
    )
    topic = ModuleCall("sns_topic", "topic", {"name": f"{name}-alarms", "kms_key_id": key.output("key_arn")})
    thresholds = scope.vars.get("thresholds", dict[str, float], {})
    watched = dict(_watched(context))
    alarms: dict[str, Value] = {
        key: {**alarm, "threshold": thresholds.get(key.partition("/")[0], cast("float", alarm["threshold"]))}
        for key, alarm in watched.items()
    }
    declared: list[Declaration] = [
        key,
        topic,
        ModuleCall(
            "metric_alarms", "alarms", {"name": name, "alarms": alarms, "topic_arns": [topic.output("topic_arn")]}
        ),
        ModuleCall("dashboard", "dashboard", {"name": name, "region": context.run.region, "graphs": _graphs(watched)}),
    ]
    addresses = scope.vars.get("alarm_emails", list[str], [])
    declared += [
        ModuleCall(
            "sns_subscription",
            f"mail_{index}",
            {"topic_arn": topic.output("topic_arn"), "protocol": "email", "endpoint": address},
        )
        for index, address in enumerate(addresses, 1)
    ]
    return _graph.deploy(context, declared, {"topic_arn": (topic.output("topic_arn"), "ARN of the alarms' topic")})


def _watched(context: Context) -> Iterator[tuple[str, dict[str, Value]]]:
    """An alarm for each thing that is there: its kind and its name, and what the module wants to know."""
    for instance in cast("list[str]", _graph.known(context, "EC2").get("instance_ids", [])):
        yield (
            f"ec2-cpu/{instance}",
            _alarm("Instances are busy (%)", "AWS/EC2", "CPUUtilization", 80, InstanceId=instance),
        )
    if database := _graph.known(context, "RDS").get("db_identifier"):
        here = {"DBInstanceIdentifier": str(database)}
        yield "rds-cpu/database", _alarm("The database is busy (%)", "AWS/RDS", "CPUUtilization", 80, **here)
        space = _alarm("The database has little space (bytes)", "AWS/RDS", "FreeStorageSpace", 2_000_000_000, **here)
        yield "rds-space/database", {**space, "comparison_operator": "LessThanThreshold"}
    if function := _graph.known(context, "Lambda").get("function_name"):
        failing = _alarm("The function fails", "AWS/Lambda", "Errors", 0, FunctionName=str(function))
        yield "lambda-errors/function", {**failing, "statistic": "Sum"}
    if api_id := _graph.known(context, "APIGateway").get("api_id"):
        failing = _alarm("The API fails", "AWS/ApiGateway", "5xx", 5, ApiId=str(api_id))
        yield "api-errors/api", {**failing, "statistic": "Sum"}
    for gateway in cast("list[str]", _graph.known(context, "VPC").get("nat_gateway_ids", [])):
        blocked = _alarm(
            "NAT gateways run out of ports", "AWS/NATGateway", "ErrorPortAllocation", 0, NatGatewayId=gateway
        )
        yield f"nat-ports/{gateway}", {**blocked, "statistic": "Sum"}


def _alarm(description: str, namespace: str, metric: str, threshold: float, **dimensions: str) -> dict[str, Value]:
    return {
        "description": description,
        "namespace": namespace,
        "metric_name": metric,
        "threshold": threshold,
        "dimensions": dict(dimensions),
    }


def _graphs(watched: Mapping[str, Mapping[str, Value]]) -> dict[str, Value]:
    """One graph for each kind of alarm, with all that it watches."""
    graphs: dict[str, dict[str, Value]] = {}
    for key, alarm in watched.items():
        graph = graphs.setdefault(
            key.partition("/")[0],
            {
                "title": alarm["description"],
                "namespace": alarm["namespace"],
                "statistic": alarm.get("statistic", "Average"),
                "metrics": [],
            },
        )
        metric: dict[str, Value] = {"name": alarm["metric_name"], "dimensions": alarm["dimensions"]}
        graph["metrics"] = [*cast("list[Value]", graph["metrics"]), metric]
    return dict(graphs)
