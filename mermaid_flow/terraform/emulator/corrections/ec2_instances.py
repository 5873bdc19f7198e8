"""Instances and launch templates as Terraform's provider creates and reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.launch_templates import LaunchTemplateBackend
from moto.ec2.responses.monitoring import Monitoring

from mermaid_flow.terraform.emulator.corrections import Original, corrects, replaces

if TYPE_CHECKING:
    from moto.ec2.models.launch_templates import LaunchTemplate

PRIMARY = 0
"""The device index of an instance's first network interface, whose security groups are the instance's."""


@corrects(
    Instance,
    "prep_nics",
    "the provider names the security groups in NetworkInterface.1, where moto leaves them out of the instance",
)
def take_groups_of_primary_interface(original: Original, instance: Instance, *arguments: Any, **named: Any) -> None:
    original(instance, *arguments, **named)
    if not instance.security_groups:
        instance.security_groups = list(instance.nics[PRIMARY].group_set)


@corrects(
    NetworkInterfaceBackend,
    "modify_network_interface_attribute",
    "the provider changes an instance's security groups on its first interface; moto keeps the instance's old ones",
)
def hand_groups_to_instance(
    original: Original, backend: NetworkInterfaceBackend, eni_id: str, group_ids: list[str], *rest: Any
) -> None:
    original(backend, eni_id, group_ids, *rest)
    interface = backend.get_network_interface(eni_id)
    if group_ids and interface.instance and interface.device_index == PRIMARY:
        interface.instance.security_groups = list(interface._group_set)


@corrects(
    InstanceBackend,
    "modify_instance_security_groups",
    "the groups of an instance are those of its first interface; moto leaves the interface with the old ones too",
)
def hand_groups_to_interface(
    original: Original, backend: InstanceBackend, instance_id: str, new_group_id_list: list[str]
) -> Instance:
    instance: Instance = original(backend, instance_id, new_group_id_list)
    instance.nics[PRIMARY]._group_set = list(instance.security_groups)
    return instance


@replaces(Monitoring, "monitor_instances", "not implemented in moto: `monitoring = true` ends in an internal error")
def monitor_instances(response: Monitoring) -> ActionResult:
    return _set_monitoring(response, "enabled")


@replaces(Monitoring, "unmonitor_instances", "not implemented in moto: the provider calls it to switch monitoring off")
def unmonitor_instances(response: Monitoring) -> ActionResult:
    return _set_monitoring(response, "disabled")


def _set_monitoring(response: Monitoring, state: str) -> ActionResult:
    response.error_on_dryrun()
    instances = [response.ec2_backend.get_instance(instance) for instance in response._get_param("InstanceIds", [])]
    for instance in instances:
        instance.monitoring_state = state
    return ActionResult(
        {"InstanceMonitorings": [{"InstanceId": instance.id, "Monitoring": {"State": state}} for instance in instances]}
    )


@corrects(
    LaunchTemplateBackend,
    "create_launch_template",
    "moto repeats the tags of the template itself in its data, which the provider reads as `tag_specifications`",
)
def keep_template_tags_out_of_data(
    original: Original, backend: LaunchTemplateBackend, name: str, description: str, data: dict[str, Any], *rest: Any
) -> LaunchTemplate:
    inner = [tags for tags in data.get("TagSpecifications", []) if tags["ResourceType"] != "launch-template"]
    data = {key: value for key, value in data.items() if key != "TagSpecifications"}
    template: LaunchTemplate = original(
        backend, name, description, {**data, "TagSpecifications": inner} if inner else data, *rest
    )
    return template
