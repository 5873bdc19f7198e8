"""By what id an existing resource is imported, where that is not the id that Terraform shows for it.

Only types that stand here are special. `{id}` is the shown id, every other name an argument of the resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

_FORMS: Mapping[str, str] = {
    "aws_api_gateway_authorizer": "{rest_api_id}/{id}",
    "aws_api_gateway_base_path_mapping": "{domain_name}/{base_path}",
    "aws_api_gateway_deployment": "{rest_api_id}/{id}",
    "aws_api_gateway_gateway_response": "{rest_api_id}/{response_type}",
    "aws_api_gateway_integration": "{rest_api_id}/{resource_id}/{http_method}",
    "aws_api_gateway_integration_response": "{rest_api_id}/{resource_id}/{http_method}/{status_code}",
    "aws_api_gateway_method": "{rest_api_id}/{resource_id}/{http_method}",
    "aws_api_gateway_method_response": "{rest_api_id}/{resource_id}/{http_method}/{status_code}",
    "aws_api_gateway_method_settings": "{rest_api_id}/{stage_name}/{method_path}",
    "aws_api_gateway_request_validator": "{rest_api_id}/{id}",
    "aws_api_gateway_resource": "{rest_api_id}/{id}",
    "aws_api_gateway_stage": "{rest_api_id}/{stage_name}",
    "aws_api_gateway_usage_plan_key": "{usage_plan_id}/{key_id}",
    "aws_apigatewayv2_api_mapping": "{id}/{domain_name}",
    "aws_apigatewayv2_authorizer": "{api_id}/{id}",
    "aws_apigatewayv2_integration": "{api_id}/{id}",
    "aws_apigatewayv2_route": "{api_id}/{id}",
    "aws_apigatewayv2_stage": "{api_id}/{name}",
    "aws_appautoscaling_policy": "{service_namespace}/{resource_id}/{scalable_dimension}/{name}",
    "aws_appautoscaling_target": "{service_namespace}/{resource_id}/{scalable_dimension}",
    "aws_cloudwatch_event_target": "{rule}/{target_id}",
    "aws_cognito_user_pool_client": "{user_pool_id}/{id}",
    "aws_ecs_cluster": "{name}",
    "aws_iam_group_policy_attachment": "{group}/{policy_arn}",
    "aws_iam_role_policy_attachment": "{role}/{policy_arn}",
    "aws_iam_user_policy_attachment": "{user}/{policy_arn}",
    "aws_lambda_alias": "{function_name}/{name}",
    "aws_lambda_permission": "{function_name}/{statement_id}",
    "aws_network_acl_rule": "{network_acl_id}:{rule_number}:{protocol}:{egress}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_s3_bucket_object": "{bucket}/{key}",
    "aws_s3_object": "{bucket}/{key}",
    "aws_vpc_dhcp_options_association": "{vpc_id}",
}


def import_id(resource_type: str, shown: str, arguments: Mapping[str, object]) -> str | None:
    """The id to import a resource by, given the id that was shown for it; None while an argument is not known."""
    form = _FORMS.get(resource_type, "{id}")
    known = {**arguments, "id": shown or None}
    values: dict[str, str] = {}
    for _, name, _, _ in Formatter().parse(form):
        if name is not None:
            value = known.get(name)
            if value is None:
                return None
            values[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return form.format(**values)
