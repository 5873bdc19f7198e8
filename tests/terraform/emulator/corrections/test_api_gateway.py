from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("api_gateway")


@behaviours.shows("describe_domain_name")
def a_domain_name_is_available_and_can_be_pointed_at() -> bool:
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1", "EndpointType": "REGIONAL"}
    client("apigatewayv2").create_domain_name(
        DomainName="api.example.com", DomainNameConfigurations=[certificate], MutualTlsAuthentication={}
    )
    found = client("apigatewayv2").get_domain_name(DomainName="api.example.com")
    [configuration] = found["DomainNameConfigurations"]
    return (
        configuration["DomainNameStatus"] == "AVAILABLE"
        and configuration["ApiGatewayDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
        and configuration["CertificateArn"] == certificate["CertificateArn"]
        and bool(configuration["HostedZoneId"])
        and "MutualTlsAuthentication" not in found
    )


@behaviours.shows("put_integration_with_connection", "describe_integration_with_connection")
def an_integration_keeps_its_vpc_link() -> bool:
    gateway = client("apigateway")
    api = gateway.create_rest_api(name="this")["id"]
    place = {
        "restApiId": api,
        "resourceId": gateway.get_resources(restApiId=api)["items"][0]["id"],
        "httpMethod": "GET",
    }
    gateway.put_method(**place, authorizationType="NONE")
    created = gateway.put_integration(
        **place,
        type="HTTP_PROXY",
        integrationHttpMethod="GET",
        uri="http://example.com",
        connectionType="VPC_LINK",
        connectionId="link",
    )
    return bool(created["connectionId"] == gateway.get_integration(**place)["connectionId"] == "link")


@behaviours.shows("describe_rest_api_with_escaped_policy")
def the_policy_of_an_api_comes_back_escaped() -> bool:
    gateway = client("apigateway")
    open_one = gateway.create_rest_api(name="open")["id"]
    closed = gateway.create_rest_api(name="closed", policy='{"Statement": []}')["id"]
    found = gateway.get_rest_api(restApiId=closed)["policy"]
    return "policy" not in gateway.get_rest_api(restApiId=open_one) and found == '{\\"Statement\\": []}'


@pytest.mark.parametrize("correction", corrections_of("api_gateway"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
