"""The API Gateway diagram with all its example vars: what the vars ask for is there, and nothing stays behind."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mermaid_flow.terraform.local_cloud import LocalCloud
from tests.catalog.harness import Catalog, Made, assert_every_edge_was_taken, live, live_side_by_side

ACCOUNT = "210000000003"


@pytest.mark.terraform
@pytest.mark.slow
def test_every_example_lives(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    examples = {
        "rest-with-cognito": look_at_rest_with_cognito,
        "http-with-jwt": look_at_http_with_jwt,
        "rest-with-function-that-judges": look_at_rest_with_function,
        "rest-signed": look_at_rest_signed,
        "http-open": look_at_http_open,
    }
    lives = [partial(live, catalog, "api-gateway", f"api-gateway/{name}.yaml", look) for name, look in examples.items()]
    prepared = catalog.prepare("api-gateway", "api-gateway/http-open.yaml")
    zone = catalog.client(prepared, "route53").create_hosted_zone(Name="example.net", CallerReference="this")
    named = ["environment=named", "domain_name=api.example.net", f"zone_id={zone['HostedZone']['Id']}"]
    hidden = ["environment=hidden", "endpoint_type=PRIVATE", 'vpc_endpoint_ids=["vpce-0123456789abcdef0"]']
    further = [
        partial(live, catalog, "api-gateway", "api-gateway/http-open.yaml", look_at_domain, sets=named),
        partial(live, catalog, "api-gateway", "api-gateway/rest-signed.yaml", look_at_private, sets=hidden),
    ]
    assert_every_edge_was_taken(live_side_by_side([*lives, *further]))
    assert catalog.client(prepared, "apigateway").get_rest_apis()["items"] == []
    assert catalog.client(prepared, "apigatewayv2").get_apis()["Items"] == []
    assert catalog.client(prepared, "lambda").list_functions()["Functions"] == []
    assert catalog.client(prepared, "iam").list_roles()["Roles"] == []


@pytest.mark.terraform
@pytest.mark.slow
def test_an_api_calls_the_function_of_its_environment(local_cloud: LocalCloud, tmp_path: Path) -> None:
    catalog = Catalog.at(tmp_path, local_cloud, ACCOUNT)
    sets = ["environment=joined"]
    code = "inline_code=def handle(event, context): ..."
    function = catalog.prepare("lambda", "lambda/zip-from-folder.yaml", sets=[*sets, "packaging_method=inline", code])
    catalog.run(function)
    entry = 'api_integrations=[{path: "$default", type: Lambda}]'
    prepared = catalog.prepare("api-gateway", "api-gateway/http-open.yaml", sets=[*sets, entry])
    made = Made(catalog, prepared, catalog.run(prepared))
    client = made.client("lambda")
    alias = client.get_alias(FunctionName="joined-orders", Name="live")["AliasArn"]
    assert alias in HttpApi(made).integration("$default")["IntegrationUri"]
    policy = json.loads(client.get_policy(FunctionName="joined-orders", Qualifier="live")["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["Allow-joined-hello"]
    catalog.destroy(prepared)
    catalog.destroy(function)


def look_at_rest_with_cognito(made: Made) -> None:
    api = RestApi(made)
    assert set(api.resources) == {"/", "/orders", "/orders/{id}", "/orders/{id}/history", "/health"}
    assert api.methods() == {"GET /orders", "GET /orders/{id}/history", "GET /health"} | {
        f"OPTIONS {path}" for path in ("/orders", "/orders/{id}/history", "/health")
    }
    (pool,) = made.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    (authorizer,) = api.client.get_authorizers(restApiId=api.id)["items"]
    assert authorizer["type"] == "COGNITO_USER_POOLS"
    assert authorizer["providerARNs"][0].endswith(pool["Id"]) and pool["Id"] == made.outputs["user_pool_id"]
    orders = api.method("GET /orders")
    assert (orders["authorizationType"], orders["authorizerId"]) == ("COGNITO_USER_POOLS", authorizer["id"])
    assert orders["apiKeyRequired"] is True
    assert sorted(orders["authorizationScopes"]) == ["acme-dev-orders/read", "acme-dev-orders/write"]
    assert "function:acme-dev-orders-1/invocations" in orders["methodIntegration"]["uri"]
    policy = made.client("lambda").get_policy(FunctionName="acme-dev-orders-1")["Policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"] == f"{made.outputs['execution_arn']}/*/*"
    history = api.method("GET /orders/{id}/history")
    assert history["requestParameters"] == {"method.request.path.id": True}
    assert history["methodIntegration"]["uri"] == "https://history.example.org/orders/{id}"
    assert history["methodIntegration"]["requestParameters"] == {
        "integration.request.path.id": "method.request.path.id"
    }
    health = api.method("GET /health")
    assert (health["authorizationType"], health["apiKeyRequired"]) == ("NONE", False)
    answer = health["methodIntegration"]["integrationResponses"]["200"]
    assert json.loads(answer["responseTemplates"]["application/json"]) == {"status": "up"}
    allowed = api.method("OPTIONS /orders")["methodIntegration"]["integrationResponses"]["200"]["responseParameters"]
    assert allowed["method.response.header.Access-Control-Allow-Origin"] == "'https://www.example.org'"
    assert allowed["method.response.header.Access-Control-Allow-Methods"] == "'GET,POST'"
    stage = api.stage("v1")
    assert stage["methodSettings"]["*/*"]["loggingLevel"] == "INFO"
    assert stage["accessLogSettings"]["destinationArn"].endswith("/aws/apigateway/acme-dev-orders")
    assert api.client.get_account()["cloudwatchRoleArn"].endswith("role/acme-dev-orders-api-logs")
    keys = {key["name"]: key["id"] for key in api.client.get_api_keys()["items"]}
    assert keys == made.outputs["api_key_ids"] and set(keys) == {"web", "partner"}
    (plan,) = api.client.get_usage_plans()["items"]
    assert plan["quota"] == {"limit": 5000, "offset": 0, "period": "DAY"}
    assert (plan["throttle"]["burstLimit"], plan["throttle"]["rateLimit"]) == (20, 50)
    assert plan["apiStages"] == [{"apiId": api.id, "stage": "v1"}]
    used = api.client.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
    assert {key["id"] for key in used} == set(keys.values())
    (mapping,) = api.client.get_base_path_mappings(domainName="api.example.org")["items"]
    assert (mapping["basePath"], mapping["restApiId"], mapping["stage"]) == ("tea", api.id, "v1")
    assert made.outputs["domain_url"] == "https://api.example.org/tea"
    dashboard = made.client("cloudwatch").get_dashboard(DashboardName="acme-dev-orders")["DashboardBody"]
    assert ["AWS/ApiGateway", "5XXError", "ApiName", "acme-dev-orders", "Stage", "v1"] in [
        metric for widget in json.loads(dashboard)["widgets"] for metric in widget["properties"]["metrics"]
    ]
    groups = made.client("logs").describe_log_groups(logGroupNamePrefix="/aws/apigateway/acme-dev-orders")
    assert [group["retentionInDays"] for group in groups["logGroups"]] == [90]
    assert api.client.get_rest_api(restApiId=api.id)["tags"]["ManagedBy"] == "mermaid-flow"


def look_at_http_with_jwt(made: Made) -> None:
    api = HttpApi(made)
    identity = api.routes["POST /orders"]["AuthorizerId"]
    authorizer = api.client.get_authorizer(ApiId=api.id, AuthorizerId=identity)
    assert authorizer["JwtConfiguration"] == {"Audience": ["shop"], "Issuer": "https://login.example.org/"}
    assert set(api.routes) == {"ANY /cart/{proxy+}", "POST /orders", "GET /catalogue"}
    for key in ("ANY /cart/{proxy+}", "POST /orders"):
        route = api.routes[key]
        assert (route["AuthorizationType"], route["AuthorizerId"]) == ("JWT", identity)
        assert route["AuthorizationScopes"] == ["shop/buy"]
    assert api.routes["GET /catalogue"]["AuthorizationType"] == "NONE"
    (link,) = api.client.get_vpc_links()["Items"]
    cart, orders = api.integration("ANY /cart/{proxy+}"), api.integration("POST /orders")
    assert (cart["ConnectionType"], cart["ConnectionId"]) == ("VPC_LINK", link["VpcLinkId"])
    assert cart["IntegrationUri"] == made.vars["api_integrations"][0]["uri"]
    assert len(link["SubnetIds"]) == 2
    (group,) = made.client("ec2").describe_security_groups(GroupIds=link["SecurityGroupIds"])["SecurityGroups"]
    assert group["IpPermissions"] == []
    assert sorted(rule["FromPort"] for rule in group["IpPermissionsEgress"]) == [80, 443]
    assert (orders["IntegrationSubtype"], orders["RequestParameters"]["MessageBody"]) == (
        "SQS-SendMessage",
        "$request.body",
    )
    role = orders["CredentialsArn"].rpartition("/")[2]
    document = made.client("iam").get_role_policy(RoleName=role, PolicyName="call-services")["PolicyDocument"]
    assert document["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["sqs:SendMessage"],
            "Resource": ["arn:aws:sqs:eu-west-1:123456789012:orders"],
        }
    ]
    found = api.client.get_api(ApiId=api.id)["CorsConfiguration"]
    assert sorted(found["AllowOrigins"]) == ["https://shop.example.org", "https://www.example.org"]
    assert found["AllowCredentials"] is True
    (stage,) = api.client.get_stages(ApiId=api.id)["Items"]
    assert (stage["StageName"], stage["AutoDeploy"]) == ("v1", True)
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 100
    assert stage["AccessLogSettings"]["DestinationArn"].endswith("/aws/apigateway/acme-test-shop")
    (mapping,) = api.client.get_api_mappings(DomainName="shop.example.org")["Items"]
    assert (mapping["ApiId"], mapping["Stage"]) == (api.id, "v1")


def look_at_rest_with_function(made: Made) -> None:
    api = RestApi(made)
    assert set(api.resources) == {"/", "/entries", "/entries/{id}", "/legacy"}
    (authorizer,) = api.client.get_authorizers(restApiId=api.id)["items"]
    assert (authorizer["type"], authorizer["authorizerResultTtlInSeconds"]) == ("TOKEN", 60)
    assert "function:acme-staging-ledger-auth/invocations" in authorizer["authorizerUri"]
    policy = made.client("lambda").get_policy(FunctionName="acme-staging-ledger-auth")["Policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"] == f"{made.outputs['execution_arn']}/authorizers/*"
    entry = api.method("GET /entries/{id}")
    assert entry["authorizationType"] == "CUSTOM"
    assert entry["requestParameters"] == {"method.request.path.id": True, "method.request.querystring.full": False}
    assert entry["methodIntegration"]["uri"] == "arn:aws:apigateway:eu-west-1:dynamodb:action/GetItem"
    put = api.method("POST /entries")["methodIntegration"]
    assert (put["type"], put["uri"]) == ("AWS", "arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem")
    assert put["credentials"].endswith("role/acme-staging-ledger")
    (link,) = api.client.get_vpc_links()["items"]
    legacy = api.method("ANY /legacy")["methodIntegration"]
    assert (legacy["connectionType"], legacy["connectionId"]) == ("VPC_LINK", link["id"])
    assert link["targetArns"] == [made.vars["vpc_link_load_balancer_arn"]]
    stage = api.stage("v1")
    assert (stage["tracingEnabled"], stage["cacheClusterEnabled"]) == (True, True)
    settings = stage["methodSettings"]["*/*"]
    assert (settings["cachingEnabled"], settings["cacheTtlInSeconds"]) == (True, 60)


def look_at_rest_signed(made: Made) -> None:
    api = RestApi(made)
    assert api.methods() == {"GET /"}
    root = api.method("GET /")
    assert root["authorizationType"] == "AWS_IAM"
    assert root["methodIntegration"]["requestTemplates"] == {"application/json": '{"statusCode": 204}'}
    arn = made.outputs["invoke_policy_arn"]
    iam = made.client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    (statement,) = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (
        "execute-api:Invoke",
        f"{made.outputs['execution_arn']}/*/*",
    )
    assert "accessLogSettings" not in api.stage("v1")
    assert made.client("logs").describe_log_groups(logGroupNamePrefix="/aws/apigateway/sandbox")["logGroups"] == []


def look_at_http_open(made: Made) -> None:
    api = HttpApi(made)
    assert {key: route["AuthorizationType"] for key, route in api.routes.items()} == {"$default": "NONE"}
    integration = api.integration("$default")
    assert "function:demo-hello-1/invocations" in integration["IntegrationUri"]
    assert integration["PayloadFormatVersion"] == "2.0"


def look_at_domain(made: Made) -> None:
    zone = made.vars["zone_id"]
    records = made.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    (alias,) = (record["AliasTarget"] for record in records if record["Name"] == "api.example.net.")
    assert alias["DNSName"].rstrip(".") == made.outputs["domain_target"]
    domain = made.client("apigatewayv2").get_domain_name(DomainName="api.example.net")
    (settings,) = domain["DomainNameConfigurations"]
    certificate = made.client("acm").describe_certificate(CertificateArn=settings["CertificateArn"])["Certificate"]
    assert (certificate["DomainName"], certificate["Status"]) == ("api.example.net", "ISSUED")
    proof = certificate["DomainValidationOptions"][0]["ResourceRecord"]["Name"]
    assert proof.rstrip(".") in {record["Name"].rstrip(".") for record in records}


def look_at_private(made: Made) -> None:
    found = made.client("apigateway").get_rest_api(restApiId=made.outputs["api_id"])
    assert found["endpointConfiguration"] == {"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-0123456789abcdef0"]}
    (statement,) = json.loads(json.loads(f'"{found["policy"]}"'))["Statement"]  # AWS escapes the quotes
    assert statement["Condition"] == {"StringEquals": {"aws:SourceVpce": ["vpce-0123456789abcdef0"]}}


class RestApi:
    """A REST API as boto3 sees it."""

    def __init__(self, made: Made) -> None:
        self.client = made.client("apigateway")
        self.id = made.outputs["api_id"]
        found = self.client.get_resources(restApiId=self.id, limit=500)["items"]
        self.resources: dict[str, dict[str, Any]] = {resource["path"]: resource for resource in found}

    def methods(self) -> set[str]:
        """Every method with its path."""
        return {
            f"{method} {path}" for path, found in self.resources.items() for method in found.get("resourceMethods", {})
        }

    def method(self, key: str) -> dict[str, Any]:
        method, _, path = key.partition(" ")
        found: dict[str, Any] = self.client.get_method(
            restApiId=self.id, resourceId=self.resources[path]["id"], httpMethod=method
        )
        return found

    def stage(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get_stage(restApiId=self.id, stageName=name)
        return found


class HttpApi:
    """An HTTP API as boto3 sees it."""

    def __init__(self, made: Made) -> None:
        self.client = made.client("apigatewayv2")
        self.id = made.outputs["api_id"]
        self.routes = {route["RouteKey"]: route for route in self.client.get_routes(ApiId=self.id)["Items"]}

    def integration(self, key: str) -> dict[str, Any]:
        """What a route leads to."""
        target = self.routes[key]["Target"].removeprefix("integrations/")
        found: dict[str, Any] = self.client.get_integration(ApiId=self.id, IntegrationId=target)
        return found
