"""The Lambda diagram: the function and what it works with. Its code and its triggers have modules of their own.

The function is one module call, which nearly every box configures: packaging, runtime, concurrency, network, memory,
timeout, tracing. Its role is another one, and boxes that need a permission ask for it there. Triggers call the alias,
so that what they call is a published version; `create_alias: false` lets them call the function as it is.

Inline code, `source_dir` and `filename` become an archive that lies beside the generated root module. The image of a
container function is built by Docker from `image_source`, or by whoever builds it; see *Build Container Image*.

What differs on the local target: provider 3.39 knows no runtime younger than 2021 and no arm64, so the youngest that it
knows takes their place, with a warning; and it does not publish functions in a VPC. The emulator runs no images: a
stand-in takes the place of one that is not there. The modules for provider 6 are checked against its schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from mermaid_flow import (
    Configure,
    Context,
    Declaration,
    MflowError,
    ModuleCall,
    Output,
    Reference,
    Skipped,
    Value,
    check,
    configure,
    decision,
)

from . import _function, _naming, _placement, _reading


@check(diagram="lambda")
def the_place_fits(context: Context) -> Iterator[MflowError]:
    """What cannot be right about the VPC, where the function lies in one."""
    if _vpc_access(context):
        yield from _placement.problems(context.vars)


@configure("Load Lambda Configuration", diagram="lambda")
def load_lambda_configuration(context: Context) -> dict[str, object]:
    """The function's name in the account, and where what it does is written down."""
    name = _function.name(context)
    return {"function_name": name, "log_group": f"/aws/lambda/{name}"}


@configure("Create IAM Role", diagram="lambda")
def create_iam_role(context: Context) -> list[Declaration]:
    """The function's role: the logs, what other boxes ask for, and `iam_policies` and `policy_arns` from the vars."""
    role = ModuleCall(
        "lambda_role",
        "role",
        {
            "name": _function.name(context),
            "statements": cast("Value", context.vars.get("iam_policies", list[dict[str, object]])),
            "policy_arns": cast("Value", context.vars.get("policy_arns", list[str])),
            "permissions_boundary": context.vars.get("permissions_boundary", str),
        },
    )
    return [role, Output("role_arn", role.output("role_arn"), "ARN of the role that the function works with")]


@decision("Configure Concurrency?", diagram="lambda")
def configure_concurrency(context: Context) -> list[str]:
    """Yes with `reserved_concurrent_executions`, Provisioned with `provisioned_concurrency_config`; both can be."""
    return _function.concurrency(context.vars)


@configure("Set Reserved Concurrency", diagram="lambda")
def set_reserved_concurrency(context: Context) -> Configure:
    """How many calls may run at a time."""
    return Configure("function", {"reserved_concurrent_executions": _function.reserved(context.vars)})


@configure("Set Provisioned Concurrency", diagram="lambda")
def set_provisioned_concurrency(context: Context) -> Configure:
    """How many instances of the alias are kept warm."""
    return Configure("alias", {"provisioned_concurrent_executions": _function.provisioned(context.vars)})


@decision("VPC Access?", diagram="lambda")
def vpc_access(context: Context) -> bool:
    """What `vpc_access` says; without it, whether `subnet_ids` or `create_network` say where."""
    return _vpc_access(context)


def _vpc_access(context: Context) -> bool:
    placed = bool(context.vars.get("subnet_ids", list[str])) or context.vars.get("create_network", bool, False)
    return context.vars.get("vpc_access", bool, placed)


@configure("Setup VPC Configuration", diagram="lambda")
def setup_vpc_configuration(context: Context) -> list[Declaration]:
    """The function's subnets, and its security group: out to HTTPS and `custom_egress_rules`, in to nothing."""
    variables = context.vars
    place = _placement.placement(context)
    groups = cast("list[Value]", variables.get("security_group_ids", list[str], []))
    declared = _placement.own_network(context)
    if not groups:
        rules = [{"description": "HTTPS", "from_port": 443, "to_port": 443, "peers": ["0.0.0.0/0"]}]
        rules += [_egress_rule(rule) for rule in variables.get("custom_egress_rules", list[dict[str, object]], [])]
        group: dict[str, object] = {"description": f"The function {_function.name(context)}", "egress": rules}
        call = ModuleCall(
            "security_groups",
            "function_security_group",
            {"name": _function.name(context), "vpc_id": place.vpc_id, "groups": cast("Value", {"function": group})},
        )
        declared.append(call)
        groups = [call.output("security_group_ids")["function"]]
    further = cast("list[Value]", variables.get("additional_security_group_ids", list[str], []))
    within: dict[str, Value] = {"subnet_ids": place.subnet_ids, "security_group_ids": [*groups, *further]}
    return [*declared, Configure("function", within), Configure("role", {"vpc_access": True})]


def _egress_rule(rule: dict[str, object]) -> dict[str, object]:
    """A rule as Atmos components write it (`cidr_blocks`, `security_groups`) as the module takes it (`peers`)."""
    kept = {key: value for key, value in rule.items() if key not in ("cidr_blocks", "security_groups")}
    named = [rule.get(key) or [] for key in ("peers", "cidr_blocks", "security_groups")]
    return {**kept, "peers": [peer for peers in named if isinstance(peers, list) for peer in peers]}


@configure("Configure Environment Variables", diagram="lambda")
def configure_environment_variables(context: Context) -> list[Declaration]:
    """`environment_variables`, and the key `kms_key_arn` that encrypts them."""
    given = context.vars.get("environment_variables", dict[str, object], {})
    texts: dict[str, Value] = {key: _naming.text(value) for key, value in given.items() if value is not None}
    key = context.vars.get("kms_key_arn", str)
    declared: list[Declaration] = [Configure("function", {"environment_variables": texts, "kms_key_arn": key})]
    return [*declared, Configure("role", {"kms_key_arns": [key]})] if key else declared


@configure("Configure Memory Size", diagram="lambda")
def configure_memory_size(context: Context) -> Configure:
    """`memory_size`, in MB."""
    return Configure("function", {"memory_size": _reading.number(context.vars, "memory_size", 128, 10240)})


@configure("Configure Timeout", diagram="lambda")
def configure_timeout(context: Context) -> list[Declaration]:
    """`timeout`, in seconds, and where events go that failed every time (`dead_letter_target_arn`)."""
    target = context.vars.get("dead_letter_target_arn", str)
    timeout = _reading.number(context.vars, "timeout", 1, 900)
    declared: list[Declaration] = [Configure("function", {"timeout": timeout, "dead_letter_target_arn": target})]
    return [*declared, Configure("role", {"destination_arns": [target]})] if target else declared


@configure("Configure CloudWatch Logs", diagram="lambda")
def configure_cloudwatch_logs(context: Context) -> list[Declaration]:
    """The function's log group, kept for `log_retention_days`, and the right to write to it."""
    name = _function.name(context)
    group = ModuleCall(
        "log_groups",
        "logs",
        {
            "log_groups": {"function": f"/aws/lambda/{name}"},
            "retention_in_days": context.vars.get("log_retention_days", int),
            "kms_key_id": context.vars.get("kms_key_id", str),
        },
    )
    return [
        group,
        Configure("role", {"log_group_arn": group.output("log_group_arns")["function"]}),
        Output("log_group_name", group.output("log_group_names")["function"], "Where the function writes its logs"),
    ]


@decision("X-Ray Tracing?", diagram="lambda")
def xray_tracing(context: Context) -> bool:
    """Yes when `tracing_mode` is Active."""
    return _reading.choice(context.vars, "tracing_mode", ("Active", "PassThrough"), "PassThrough") == "Active"


@configure("Enable X-Ray Tracing", diagram="lambda")
def enable_xray(_: Context) -> list[Declaration]:
    """Traces of a sample of the calls, and the right to send them."""
    return [Configure("function", {"tracing_mode": "Active"}), Configure("role", {"tracing": True})]


@configure("Create Lambda Function", diagram="lambda")
def create_lambda_function(context: Context) -> list[Declaration]:
    """The function, with everything that the boxes above said of it."""
    inputs: dict[str, Value] = {
        "name": _function.name(context),
        "description": context.vars.get("description", str),
        "role_arn": Reference("role", "role_arn"),
    }
    call = ModuleCall("lambda_function", "function", inputs)
    return [
        call,
        Output("function_name", call.output("function_name"), "Name of the function"),
        Output("function_arn", call.output("function_arn"), "ARN of the function"),
        Output("invoke_arn", _function.target(context.vars).invoke_arn, "ARN by which API Gateway invokes it"),
        Output("function_version", call.output("version"), "The version that was published last"),
    ]


@configure("Create Lambda Alias", diagram="lambda")
def create_lambda_alias(context: Context) -> list[Declaration] | Skipped:
    """The alias that triggers call, `live` unless `alias_name` says otherwise, for the version published last."""
    name = _function.alias_name(context.vars)
    if name is None:
        return Skipped("create_alias is false")
    weights = context.vars.get("routing_config.additional_version_weights", dict[str, float])
    call = ModuleCall(
        "lambda_alias",
        "alias",
        {
            "name": name,
            "description": context.vars.get("alias_description", str),
            "function_name": Reference("function", "function_name"),
            "function_version": context.vars.get("alias_function_version", str) or Reference("function", "version"),
            "additional_version_weights": cast("Value", weights),
        },
    )
    return [call, Output("alias_arn", call.output("alias_arn"), "ARN of the alias")]
