"""What the boxes of the API Gateway diagram declare for vars that the examples leave out, and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from handlers import _functions
from mermaid_flow import MflowError, Reference
from mermaid_flow.inputs.yaml_reader import load_yaml
from mermaid_flow.testing import make_context
from tests.catalog.planned import ROOT, Planned

NAME = "region: eu-west-1\napi_name: shop\n"
HTTP = NAME + "api_type: HTTP\n"
SERVER = "api_integrations: [{path: /, type: HTTP, uri: 'https://example.org'}]\n"
MOCK = "api_integrations: [{path: /, method: GET, type: Mock}]\n"
POOL = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_abc"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:judge"


def entries(*written: str) -> str:
    return "api_integrations:\n" + "".join(f"  - {entry}\n" for entry in written)


def integrations(plan: Planned) -> Any:
    """What every endpoint leads to, by its key."""
    found: dict[str, object] = {}
    for step in plan.steps.values():
        for declaration in step.declarations:
            found |= getattr(declaration, "inputs", {}).get("integrations", {})
    return found


def test_least_vars_give_a_rest_api_with_a_stage_logs_and_a_dashboard(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "api-gateway", NAME + SERVER)
    assert {call.module for call in plan.calls.values()} == {
        "rest_api",
        "rest_api_endpoints",
        "log_groups",
        "api_gateway_account",
        "rest_api_stage",
        "api_dashboard",
    }
    assert plan.calls["stage"].depends_on == ("account",)
    assert plan.calls["stage"].inputs["name"] == "v1"


def test_an_http_api_has_the_same_calls_of_other_modules(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "api-gateway", HTTP + SERVER)
    modules = {name: call.module for name, call in plan.calls.items()}
    assert modules == {
        "api": "http_api",
        "endpoints": "http_api_routes",
        "logs": "log_groups",
        "stage": "http_api_stage",
        "dashboard": "api_dashboard",
    }


def test_endpoints_can_be_written_as_atmos_components_do_or_shorter(tmp_path: Path) -> None:
    atmos = """
api_resources: [{path_part: orders}, {path_part: "{id}", parent_id: orders}]
api_methods: [{resource_id: "{id}", http_method: GET, authorization: NONE, api_key_required: true}]
api_integrations:
  - {resource_id: "{id}", http_method: GET, type: HTTP_PROXY, uri: "https://example.org", integration_http_method: POST}
  - {resource_id: root, type: MOCK}
"""
    shorter = entries(
        "{path: 'orders/{id}/', method: get, type: http, uri: 'https://example.org', authorization: none, "
        "api_key_required: true, integration_http_method: POST}",
        "{type: Mock}",
    ).replace("api_integrations", "integrations")
    plans = [Planned(tmp_path, "api-gateway", NAME + text) for text in (atmos, shorter)]
    assert plans[0].calls["endpoints"] == plans[1].calls["endpoints"]
    assert plans[0].calls["endpoints"].inputs["open_endpoints"] == ["GET /orders/{id}"]
    assert integrations(plans[0]) == integrations(plans[1])
    assert integrations(plans[0])["GET /orders/{id}"]["method"] == "POST"


@pytest.mark.parametrize(
    ("said", "name", "alias", "full"),
    [
        ("orders", "orders", None, "orders"),
        ("orders:live", "orders", "live", "orders:live"),
        (FUNCTION, FUNCTION, None, FUNCTION),
        (f"{FUNCTION}:live", FUNCTION, "live", f"{FUNCTION}:live"),
    ],
)
def test_a_function_is_known_by_name_or_arn_with_or_without_an_alias(
    said: str, name: str, alias: str | None, full: str
) -> None:
    callee = _functions.existing(said)
    assert (callee.name, callee.alias, callee.full) == (name, alias, full)


def test_a_function_of_two_endpoints_is_permitted_once(tmp_path: Path) -> None:
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}:live/invocations"
    plan = Planned(
        tmp_path,
        "api-gateway",
        NAME
        + entries(
            "{path: /a, type: Lambda, function: 'orders:live'}",
            "{path: /b, type: AWS_PROXY, function: 'orders:live', timeout_milliseconds: 1000}",
            f"{{path: /c, type: AWS_PROXY, uri: '{uri}'}}",
        ),
    )
    permissions = {name: call.inputs for name, call in plan.calls.items() if name.startswith("permission")}
    assert [(p["function_name"], p["qualifier"]) for p in permissions.values()] == [
        ("orders", "live"),
        (FUNCTION, "live"),
    ]
    assert integrations(plan)["ANY /b"]["timeout_milliseconds"] == 1000


def test_without_a_name_it_is_the_function_of_the_environment(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "api-gateway", NAME + entries("{path: /, type: Lambda}"))
    assert "known during the run" in plan.steps["SetupLambdaIntegration"].later
    context = make_context(outputs={"lambda": {"function_arn": FUNCTION, "alias_arn": f"{FUNCTION}:live"}})
    assert _functions.of_environment(context).full == f"{FUNCTION}:live"
    with pytest.raises(MflowError, match="nothing says which function is called"):
        _functions.of_environment(make_context())


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("COGNITO_USER_POOLS", "Cognito"),
        ("cognito", "Cognito"),
        ("TOKEN", "Lambda"),
        ("AWS_IAM", "IAM"),
        ("null", "None"),
        ('"NONE"', "None"),
    ],
)
def test_authorizers_have_the_names_of_aws(tmp_path: Path, said: str, answer: str) -> None:
    code = "lambda_authorizer_function: judge\n"
    plan = Planned(tmp_path, "api-gateway", f"{NAME}{SERVER}{code}authorizer_type: {said}\n")
    assert plan.answer("AuthType") == (answer,)


def test_a_pool_serves_an_http_api_as_an_issuer_of_tokens(tmp_path: Path) -> None:
    text = f"{HTTP}{SERVER}authorizer_type: COGNITO_USER_POOLS\n"
    own = Planned(tmp_path, "api-gateway", text + "cognito_scopes: {buy: Buy things}\n")
    assert own.calls["authorizer"].module == "http_api_authorizer"
    assert own.calls["authorizer"].inputs["issuer"] == Reference("user_pool", "issuer")
    assert own.calls["authorizer"].inputs["audience"] == [Reference("user_pool", "client_id")]
    assert own.configured("endpoints")["authorization"] == "JWT"
    assert own.configured("endpoints")["authorization_scopes"] == Reference("user_pool", "scope_names")
    theirs = Planned(tmp_path, "api-gateway", f"{text}cognito_user_pool_arns: ['{POOL}']\njwt_audience: [client]\n")
    assert theirs.calls["authorizer"].inputs["issuer"] == (
        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc"
    )
    assert "user_pool" not in theirs.calls


def test_a_rest_api_asks_the_pools_that_exist(tmp_path: Path) -> None:
    text = f"authorizer_type: COGNITO_USER_POOLS\ncognito_user_pool_arns: ['{POOL}', '{POOL}2']\n"
    plan = Planned(tmp_path, "api-gateway", NAME + SERVER + text)
    assert plan.calls["authorizer"].inputs["user_pool_arns"] == [POOL, f"{POOL}2"]


def test_a_function_that_judges_is_permitted_unless_a_role_or_its_own_uri_says_so(tmp_path: Path) -> None:
    text = f"{HTTP}{SERVER}authorizer_type: REQUEST\nauthorizer_identity_source: method.request.header.Token\n"
    plan = Planned(tmp_path, "api-gateway", text + "lambda_authorizer_function: judge\n")
    assert plan.calls["authorizer"].inputs["identity_sources"] == ["$request.header.Token"]
    assert plan.calls["authorizer_permission"].inputs["source_arn"] == Reference("api", "authorizers_arn")
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
    plan = Planned(tmp_path, "api-gateway", f"{text}lambda_authorizer_uri: '{uri}'\n")
    assert plan.calls["authorizer"].inputs["authorizer_uri"] == uri
    assert "authorizer_permission" not in plan.calls


@pytest.mark.parametrize("setting", ["connection_id: abc", "vpc_link_id: abc"])
def test_a_link_that_exists_is_used(tmp_path: Path, setting: str) -> None:
    entry = f"{{path: /, type: HTTP_PROXY, connection_type: VPC_LINK, uri: 'http://x', {setting}}}"
    plan = Planned(tmp_path, "api-gateway", NAME + entries(entry))
    assert plan.answer("IntegrationType") == ("VPC Link",)
    assert integrations(plan)["ANY /"]["vpc_link_id"] == "abc"
    assert "vpc_link" not in plan.calls


def test_a_link_lies_where_the_vars_say(tmp_path: Path) -> None:
    entry = entries("{path: /, type: VPC Link, uri: 'arn:aws:elasticloadbalancing:::listener/x'}")
    place = "vpc_id: vpc-1\nsubnet_ids: [subnet-1]\n"
    plan = Planned(tmp_path, "api-gateway", HTTP + entry + place)
    groups = plan.calls["vpc_link_security_group"].inputs["groups"]
    assert "0.0.0.0/0" in str(groups)
    plan = Planned(tmp_path, "api-gateway", HTTP + entry + place + "vpc_link_security_group_ids: [sg-1]\n")
    assert plan.calls["vpc_link"].inputs["security_group_ids"] == ["sg-1"]


def test_a_service_can_be_called_with_a_role_that_exists(tmp_path: Path) -> None:
    entry = "{path: /, type: AWS, service: 'sns:action/Publish', credentials_arn: 'arn:aws:iam::1:role/r'}"
    plan = Planned(tmp_path, "api-gateway", NAME + entries(entry))
    assert integrations(plan)["ANY /"]["credentials_arn"] == "arn:aws:iam::1:role/r"
    assert "service_role" not in plan.calls


def test_a_certificate_is_made_where_the_zone_is_known(tmp_path: Path) -> None:
    plan = Planned(tmp_path, "api-gateway", NAME + SERVER + "domain_name: a.example.org\nroute53_zone_id: Z1\n")
    assert plan.calls["certificate"].inputs == {"domain_name": "a.example.org", "zone_id": "Z1"}
    assert plan.calls["domain"].inputs["certificate_arn"] == Reference("certificate", "certificate_arn")
    assert plan.calls["domain_record"].module == "route53_records"


def test_what_is_not_asked_for_is_left_out(tmp_path: Path) -> None:
    text = "enable_logging: false\ncreate_dashboard: false\nminimum_compression_size: -1\n"
    plan = Planned(tmp_path, "api-gateway", NAME + SERVER + text)
    assert set(plan.calls) == {"api", "endpoints", "stage"}
    assert plan.calls["stage"].depends_on == ()
    assert plan.calls["api"].inputs["minimum_compression_size"] is None
    plan = Planned(tmp_path, "api-gateway", NAME + SERVER + "create_api_gateway_account: false\n")
    assert "account" not in plan.calls


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (NAME, "api.endpoints", "it has no api_integrations"),
        (NAME + SERVER + "api_type: SOAP\n", "vars.choice", "REST or HTTP"),
        (NAME + SERVER + "endpoint_type: [REGIONAL, EDGE]\n", "vars.choice", "one of REGIONAL, EDGE and PRIVATE"),
        (HTTP + SERVER + "endpoint_type: EDGE\n", "api.unsupported", "an HTTP API is regional"),
        (NAME + SERVER + "authorizer_type: JWT\n", "api.unsupported", "a REST API has no JWT authorizers"),
        (HTTP + SERVER + "authorizer_type: JWT\n", "inputs.missing", "jwt_issuer"),
        (
            HTTP + SERVER + "authorizer_type: JWT\njwt_issuer: login\njwt_audience: [a]\n",
            "vars.shape",
            "must be an https:// URL",
        ),
        (HTTP + SERVER + "authorizer_type: TOKEN\n", "api.unsupported", "an HTTP API has no TOKEN authorizers"),
        (NAME + SERVER + "authorizer_type: TOKEN\n", "inputs.missing", "lambda_authorizer_code"),
        (NAME + SERVER + "authorizer_type: LDAP\n", "decision.unknown_label", "matches no label"),
        (
            f"{HTTP}{SERVER}authorizer_type: COGNITO_USER_POOLS\ncognito_user_pool_arns: ['{POOL}']\n",
            "api.authorization",
            "with its clients as jwt_audience",
        ),
        (HTTP + MOCK, "api.unsupported", "an HTTP API has no mock integrations"),
        (HTTP + SERVER + "create_api_key: true\n", "api.unsupported", "an HTTP API has no API keys"),
        (NAME + SERVER + "usage_plan_quota_period: YEAR\napi_keys: [a]\n", "vars.choice", "DAY or WEEK or MONTH"),
        (NAME + entries("{path: /, type: FTP}"), "api.integration", "not 'FTP'"),
        (NAME + entries("{path: /, type: Mock, uri: x}"), "api.integration", "Mock has no setting 'uri'"),
        (NAME + entries("{path: /, type: HTTP}"), "api.integration", "it needs a uri"),
        (NAME + entries("{path: /, type: HTTP, uri: example.org}"), "api.integration", "is no URL"),
        (NAME + entries("{path: /, type: Lambda, uri: 'https://x'}"), "api.integration", "how a function is invoked"),
        (NAME + entries("{path: /, type: AWS, service: x}"), "api.integration", "nothing allows it"),
        (
            NAME + entries("{path: /, type: AWS, credentials_arn: x}"),
            "api.integration",
            "does not say which service it calls",
        ),
        (
            HTTP + entries("{path: /, type: AWS, service: x, credentials_arn: x}"),
            "api.unsupported",
            "an HTTP API calls services by a subtype",
        ),
        (NAME + entries("{path: /, type: VPC Link, uri: x}"), "inputs.missing", "vpc_link_load_balancer_arn"),
        (NAME + entries("{path: /, method: FETCH, type: Mock}"), "api.endpoints", "'FETCH' is no method"),
        (NAME + entries("{path: /a/b/c/d/e/f, type: Mock}"), "api.endpoints", "more than 5 parts"),
        (NAME + entries("{path: /a, type: Mock}", "{path: a, type: Mock}"), "api.endpoints", "stands twice"),
        (
            NAME + MOCK + "api_methods: [{path: /x, method: GET}]\n",
            "api.endpoints",
            "the method GET /x leads to nothing",
        ),
        (NAME + SERVER + "domain_name: a.example.org\n", "api.domain", "needs a certificate"),
        (
            NAME + SERVER + "domain_name: a.example.org\nendpoint_type: PRIVATE\nvpc_endpoint_ids: [vpce-1]\n",
            "api.unsupported",
            "a private API has no domain",
        ),
        (
            NAME + SERVER + "cors_configuration: {allow_origins: [a, b]}\n",
            "api.cors",
            "must be one origin",
        ),
        (NAME + SERVER + "logging_level: LOUD\n", "vars.choice", "OFF or ERROR or INFO"),
        (NAME + SERVER + "enable_caching: true\ncache_ttl_seconds: 4000\n", "vars.range", "between 0 and 3600"),
        (NAME + SERVER + "enable_waf: true\n", "api.unsupported", "has no box for it"),
        (HTTP + SERVER + "auto_deploy: false\n", "api.unsupported", "deployed at once"),
        (HTTP + SERVER + "vpc_id: vpc-1\n", "placement.half", "vpc_id needs subnet_ids"),
    ],
)
def test_vars_that_cannot_work_are_refused_before_anything_runs(
    tmp_path: Path, text: str, code: str, said: str
) -> None:
    with pytest.raises(MflowError) as caught:
        Planned(tmp_path, "api-gateway", text)
    assert said in str(caught.value)
    assert caught.value.code == code


def test_the_reference_vars_name_every_variable_and_all_are_read(tmp_path: Path) -> None:
    files = ["_api", "_functions", "api_gateway", "api_authorization", "api_integrations", "api_stage"]
    text = "".join((ROOT / "handlers" / f"{file}.py").read_text() for file in files)
    read = set(re.findall(r'(?:vars|variables)\.(?:get|require)\(\s*"([a-z_0-9]+)', text))
    read |= set(re.findall(r'_reading\.\w+\(\s*[\w.]+, "([a-z_0-9]+)"', text))
    reference = (ROOT / "vars/api-gateway/every-variable.yaml").read_text()
    named = load_yaml(reference).value
    assert isinstance(named, dict)
    assert read - set(named) - {"route53_zone_id"} == set()  # another name for `zone_id`
    assert Planned(tmp_path, "api-gateway", reference).warnings == []
