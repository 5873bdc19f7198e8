"""What boxes of the dependency graph declare and run, from vars and the outputs of the components before them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from handlers import dependencies, dependencies_delivery, dependencies_workloads
from mermaid_flow.errors import MflowError
from mermaid_flow.handlers.calls import Configure, ModuleCall, Output
from mermaid_flow.handlers.context import Context, NodeInfo
from mermaid_flow.testing import StandInComponent, make_context

GROUPS = {"application": "sg-1", "cache": "sg-2", "load-balancer": "sg-3"}
OUTPUTS: Mapping[str, Mapping[str, object]] = {
    "vpc": {
        "vpc_id": "vpc-1",
        "vpc_cidr": "10.0.0.0/16",
        "private_subnet_ids": ["subnet-1", "subnet-2"],
        "private_route_table_ids": ["rtb-1"],
        "nat_gateway_ids": ["nat-1"],
    },
    "security-groups": {"security_group_ids": GROUPS},
    "iam": {
        "role_names": {"ec2": "acme-ec2", "ecs-task": "acme-ecs-task"},
        "role_arns": {"ecs-task": "arn:task", "ecs-execution": "arn:execution"},
        "instance_profile_names": {"ec2": "acme-ec2"},
        "boundary_arn": "arn:boundary",
    },
    "route53": {"zone_ids": {"main": "Z1", "other": "Z2"}},
    "acm": {"certificate_arn": "arn:certificate"},
    "load-balancer": {"listener_arn": "arn:listener", "target_group_arns": {"ecs": "arn:ecs"}},
}


class Box:
    """A node's handler, called with these vars; its component as it was declared, or the diagram that was run."""

    def __init__(
        self,
        node: str,
        handler: Callable[[Context], object],
        variables: Mapping[str, object],
        outputs: Mapping[str, Mapping[str, object]] = OUTPUTS,
    ) -> None:
        self.ran: dict[str, object] = {}
        context = make_context(
            vars={"namespace": "acme", **variables}, outputs=outputs, node=NodeInfo(node, node), diagram="dependencies"
        )
        self.context = replace(context, run_diagram=self._run)
        handler(self.context)

    def _run(self, name: str, values: Mapping[str, object]) -> Mapping[str, object]:
        self.ran = {"diagram": name, **values}
        return {"outputs": {}}

    def component(self, name: str) -> StandInComponent:
        found = self.context.components.open(name)
        assert isinstance(found, StandInComponent)
        return found

    def call(self, component: str, call: str) -> ModuleCall:
        declared = self.component(component).declared[self.context.node.id]
        (found,) = [each for each in declared if isinstance(each, ModuleCall) and each.name == call]
        return found


def test_settings_of_a_component_are_laid_over_the_other_vars() -> None:
    box = Box(
        "ElastiCache",
        dependencies_workloads.cache,
        {"node_type": "cache.t3.small", "components": {"elasticache": {"node_count": 3, "parameters": {"timeout": 9}}}},
    )
    inputs = box.call("elasticache", "cache").inputs
    assert (inputs["node_type"], inputs["node_count"]) == ("cache.t3.small", 3)
    assert inputs["parameters"] == {"timeout": "9"}
    assert inputs["subnet_ids"] == ["subnet-1", "subnet-2"]  # there is no database tier
    assert inputs["security_group_ids"] == ["sg-2"]
    declared = box.component("elasticache").declared["ElastiCache"]
    assert {each.name for each in declared if isinstance(each, Output)} >= {"cache_address", "cache_port"}
    assert [each.inputs["tags"] for each in declared if isinstance(each, Configure)] == [
        {"ManagedBy": "mermaid-flow", "Namespace": "acme"}
    ]


def test_a_diagram_runs_with_the_components_own_settings_before_what_is_wired_and_usual() -> None:
    wired = Box("RDS", dependencies_workloads.database, {"allowed_security_groups": ["sg-9"]})
    assert wired.ran == {"diagram": "rds", "allowed_security_groups": ["sg-1"]}
    asked = Box("RDS", dependencies_workloads.database, {"components": {"rds": {"allowed_security_groups": ["sg-9"]}}})
    assert asked.ran["allowed_security_groups"] == ["sg-9"]
    usual = Box("Lambda", dependencies_workloads.function, {"runtime": "python3.12"})
    assert (usual.ran["function_name"], "runtime" in usual.ran) == ("worker", False)
    assert usual.ran["permissions_boundary"] == "arn:boundary"
    assert "handler" in str(usual.ran["inline_code"])
    coded = Box("Lambda", dependencies_workloads.function, {"components": {"lambda": {"source_dir": "code"}}})
    assert "inline_code" not in coded.ran


def test_endpoints_are_made_once() -> None:
    variables = {
        "azs": ["us-east-1a", "us-east-1b"],
        "components": {"vpc-endpoints": {"vpc_endpoints": ["s3", "sts"]}},
    }
    made = Box("VPCEndpoints", dependencies.endpoints, variables).call("vpc-endpoints", "endpoints").inputs
    assert made["services"] == ["s3", "sts"]
    assert made["route_table_ids"] == [["rtb-1"]]
    left = Box("EKS", dependencies_workloads.cluster, variables).ran["vpc_endpoints"]
    assert isinstance(left, list)
    assert {"s3", "sts"}.isdisjoint(left)
    assert "ecr.api" in left
    assert Box("VPC", dependencies.network, {"enable_vpc_endpoints": True}).ran["enable_vpc_endpoints"] is False


def test_policies_name_roles_by_key_or_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies._aws, "account", lambda _: "123456789012")
    statement = {"actions": ["s3:GetObject"], "resources": ["*"]}
    policy = {"description": "Reads", "roles": ["ec2", "legacy"], "statements": [statement]}
    box = Box(
        "RolesPolicies",
        dependencies.policies,
        {"components": {"roles-policies": {"policies": {"read": policy, "loose": {**policy, "roles": None}}}}},
    )
    policies = box.call("roles-policies", "policies").inputs["policies"]
    assert isinstance(policies, dict)
    assert policies["read"]["roles"] == ["acme-ec2", "legacy"]
    assert policies["loose"]["roles"] == []
    assert policies["read-parameters"]["roles"] == ["acme-ec2", "acme-ecs-task"]
    assert policies["read-parameters"]["statements"][0]["resources"] == [
        "arn:aws:ssm:us-east-1:123456789012:parameter/acme/application/*"
    ]


def test_applications_reach_the_database_where_it_listens() -> None:
    groups = dependencies.usual_groups(
        make_context(vars={"components": {"rds": {"engine": "postgres"}, "elasticache": {"port": 7000}}}), "10.0.0.0/8"
    )
    egress = groups["application"]["egress"]  # type: ignore[index]  # a group is a map
    assert [(rule["from_port"], rule["peers"]) for rule in egress] == [
        (443, ["0.0.0.0/0"]),
        (5432, ["10.0.0.0/8"]),
        (7000, ["cache"]),
    ]


def test_a_certificate_needs_a_zone_that_is_there() -> None:
    box = Box("ACM", dependencies.certificate, {"domain_name": "example.com", "components": {"acm": {"zone": "other"}}})
    inputs = box.call("acm", "certificate").inputs
    assert (inputs["zone_id"], inputs["domain_name"]) == ("Z2", "api.example.com")
    with pytest.raises(MflowError, match="Route53 has no zone 'third'"):
        Box("ACM", dependencies.certificate, {"domain_name": "example.com", "components": {"acm": {"zone": "third"}}})
    named = Box("ACM", dependencies.certificate, {"components": {"acm": {"domain_name": "www.example.com"}}})
    assert named.call("acm", "certificate").inputs["domain_name"] == "www.example.com"


def test_zones_are_those_of_the_vars_or_the_domain() -> None:
    assert Box("DNS", dependencies.names, {"domain_name": "example.com"}).ran["zones"] == {
        "main": {"name": "example.com"}
    }
    assert "zones" not in Box("DNS", dependencies.names, {}).ran


def test_the_load_balancer_leads_to_what_is_there_and_tells_the_service() -> None:
    there = {**OUTPUTS, "ec2": {"instance_ids": ["i-1"]}, "ecs": {"cluster_name": "acme"}}
    variables = {
        "components": {"load-balancer": {"paths": {"ec2": ["/shop/*"]}}, "ecs": {"application_port": 9000}},
    }
    box = Box("LoadBalancer", dependencies_delivery.load_balancer, variables, there)
    groups = box.call("load-balancer", "load_balancer").inputs["target_groups"]
    assert isinstance(groups, dict)
    assert set(groups) == {"ec2", "ecs"}
    assert groups["ec2"] == {
        "target_type": "instance",
        "port": 8080,
        "paths": ["/shop/*"],
        "health_path": "/",
        "target_ids": ["i-1"],
    }
    assert (groups["ecs"]["port"], groups["ecs"]["paths"]) == (9000, ["/ecs/*"])
    assert box.component("ecs").declared == {
        "LoadBalancer": (Configure("service", {"target_group_arns": ["arn:ecs"]}),)
    }
    alone = {**OUTPUTS, "load-balancer": {"target_group_arns": {}}}
    assert Box("LoadBalancer", dependencies_delivery.load_balancer, {}, alone).component("ecs").declared == {}


def test_the_image_of_the_vars_runs_on_a_file_system_that_nobody_writes_to() -> None:
    usual = Box("ECS", dependencies_workloads.containers, {}).call("ecs", "service").inputs["container"]
    assert usual == {
        "name": "app",
        "image": dependencies_workloads.EXAMPLE_IMAGE,
        "port": 8080,
        "environment": {},
        "readonly": False,
    }
    settings = {"image": "shop:1", "environment_variables": {"DEBUG": True}}
    given = Box("ECS", dependencies_workloads.containers, {"components": {"ecs": settings}}).call("ecs", "service")
    assert given.inputs["container"] == {**usual, "image": "shop:1", "environment": {"DEBUG": "true"}, "readonly": True}  # type: ignore[dict-item]  # a container is a map


def test_the_api_leads_to_the_load_balancer_by_its_listener() -> None:
    ran = Box("APIGateway", dependencies_delivery.api, {"domain_name": "example.com"}).ran
    assert (ran["domain_name"], ran["zone_id"], ran["certificate_arn"]) == ("api.example.com", "Z1", "arn:certificate")
    assert ran["api_integrations"] == [
        {"path": "/jobs", "method": "POST", "type": "Lambda"},
        {"path": "/{proxy+}", "method": "ANY", "type": "VPC Link", "uri": "arn:listener"},
    ]


def test_only_what_is_there_is_told_and_watched() -> None:
    told = Box(
        "Application", dependencies_delivery.application, {"components": {"application": {"parameters": {"a": 1}}}}
    )
    assert told.call("application", "parameters").inputs["parameters"] == {"a": "1"}
    watching = Box(
        "Monitoring", dependencies_delivery.monitoring, {"components": {"monitoring": {"thresholds": {"nat-ports": 5}}}}
    )
    alarms = watching.call("monitoring", "alarms").inputs["alarms"]
    assert isinstance(alarms, dict)
    assert {name: alarm["threshold"] for name, alarm in alarms.items()} == {"nat-ports/nat-1": 5}
    graphs = watching.call("monitoring", "dashboard").inputs["graphs"]
    assert isinstance(graphs, dict)
    assert graphs["nat-ports"]["statistic"] == "Sum"


def test_what_has_to_be_deployed_first_is_said() -> None:
    with pytest.raises(MflowError) as caught:
        Box("EC2", dependencies_workloads.instances, {}, {})
    assert caught.value.message == "the component 'iam' has no output 'instance_profile_names'"
    assert caught.value.hint == "deploy it first: --only IAM, or --with-dependencies"
