from __future__ import annotations

import pytest

from mermaid_flow.terraform.emulator.corrections import corrections_of
from tests.terraform.emulator.corrections.behaviours import Behaviours, client

behaviours = Behaviours("rds")

PARAMETER = {"ParameterName": "log_connections", "ParameterValue": "1", "ApplyMethod": "immediate"}


@behaviours.shows("update_user_parameters")
def parameters_of_a_group_come_from_the_user() -> bool:
    rds, name = client("rds"), {"DBParameterGroupName": "this"}
    rds.create_db_parameter_group(**name, DBParameterGroupFamily="postgres13", Description="this")
    rds.modify_db_parameter_group(**name, Parameters=[PARAMETER])
    [found] = rds.describe_db_parameters(**name, Source="user")["Parameters"]
    return bool(found["Source"] == "user" and found["ParameterValue"] == "1")


@behaviours.shows("update_user_cluster_parameters")
def parameters_of_a_cluster_group_come_from_the_user() -> bool:
    rds, name = client("rds"), {"DBClusterParameterGroupName": "this"}
    rds.create_db_cluster_parameter_group(**name, DBParameterGroupFamily="aurora-postgresql13", Description="this")
    rds.modify_db_cluster_parameter_group(**name, Parameters=[PARAMETER])
    [found] = rds.describe_db_cluster_parameters(**name, Source="user")["Parameters"]
    return bool(found["Source"] == "user" and found["ParameterValue"] == "1")


@behaviours.shows("scaling_configuration_if_any")
def only_serverless_clusters_have_a_scaling_configuration() -> bool:
    described = []
    for name, settings in (
        ("plain", {"Engine": "aurora-postgresql"}),
        ("serverless", {"Engine": "aurora-mysql", "EngineMode": "serverless"}),
    ):
        client("rds").create_db_cluster(
            DBClusterIdentifier=name, MasterUsername="mflow", MasterUserPassword="mflow-mflow", **settings
        )
        described.append(client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0])
    plain, serverless = described
    return "ScalingConfigurationInfo" not in plain and serverless["ScalingConfigurationInfo"]["MinCapacity"] > 0


@behaviours.shows("option_groups_of_newer_versions")
def option_groups_are_for_versions_of_today() -> bool:
    rds, description = client("rds"), {"OptionGroupDescription": "this"}
    for engine, version in (("mariadb", "10.11"), ("mysql", "8.4"), ("sqlserver-se", "16.00"), ("mysql", "8.0")):
        name = f"{engine}-{version.replace('.', '-')}"
        created = rds.create_option_group(
            OptionGroupName=name, EngineName=engine, MajorEngineVersion=version, **description
        )
        [found] = rds.describe_option_groups(OptionGroupName=name)["OptionGroupsList"]
        if not version == found["MajorEngineVersion"] == created["OptionGroup"]["MajorEngineVersion"]:
            return False
    with pytest.raises(rds.exceptions.ClientError, match="Cannot find major version"):
        rds.create_option_group(OptionGroupName="no", EngineName="mysql", MajorEngineVersion="4.0", **description)
    return True


INSIGHTS = {"PerformanceInsightsRetentionPeriod": 31, "PerformanceInsightsKMSKeyId": "key"}
INSTANCE = {"DBInstanceIdentifier": "this"}


@behaviours.shows("remember_insights")
def an_instance_has_the_insights_and_the_time_zone_it_was_made_with() -> bool:
    settings = {"DBInstanceClass": "db.m5.large", "Engine": "sqlserver-se", "Timezone": "UTC", **INSIGHTS}
    client("rds").create_db_instance(
        **INSTANCE, **settings, MasterUsername="mflow", MasterUserPassword="mflow-mflow", EnablePerformanceInsights=True
    )
    [found] = client("rds").describe_db_instances(**INSTANCE)["DBInstances"]
    return {**settings, "PerformanceInsightsEnabled": True}.items() <= found.items()


@behaviours.shows("remember_changed_insights")
def an_instance_has_the_insights_that_it_was_given_later() -> bool:
    client("rds").create_db_instance(**INSTANCE, DBInstanceClass="db.m5.large", Engine="mysql")
    client("rds").modify_db_instance(**INSTANCE, **INSIGHTS, EnablePerformanceInsights=True)
    [found] = client("rds").describe_db_instances(**INSTANCE)["DBInstances"]
    return {**INSIGHTS, "PerformanceInsightsEnabled": True}.items() <= found.items()


@pytest.mark.parametrize("correction", corrections_of("rds"))
def test_correction_is_enough_and_still_needed(correction: str) -> None:
    behaviours.check(correction)
