# A database instance: encrypted, not on the internet, protected from being destroyed.
#
# The password of the master user is made up once and kept in a secret of Secrets Manager; it also stands in the state,
# as every password that Terraform sets.
# `password_secret_arn` names a secret of your own instead.
#
# Enhanced monitoring and Performance Insights cost extra and not every class has them: they are off unless asked for
# (checkov CKV_AWS_118, CKV_AWS_353). For the caller to say are whether there is a standby, how backups are made, which
# logs are kept, and whether a database for trials may go (checkov CKV_AWS_157, CKV_AWS_133, CKV_AWS_129, CKV_AWS_293).
# Statements of clients are not logged unless the parameters say so: secrets may stand in them (checkov CKV2_AWS_30).

resource "aws_db_instance" "this" {
  identifier         = var.identifier
  engine             = var.engine
  engine_version     = var.engine_version
  license_model      = var.license_model
  instance_class     = var.instance_class
  port               = var.port
  character_set_name = var.character_set_name
  timezone           = var.timezone
  ca_cert_identifier = var.ca_cert_identifier

  name                                = var.db_name
  username                            = var.username
  password                            = local.password
  iam_database_authentication_enabled = var.iam_database_authentication_enabled

  db_subnet_group_name   = var.db_subnet_group_name
  vpc_security_group_ids = var.security_group_ids
  publicly_accessible    = var.publicly_accessible
  multi_az               = var.multi_az
  availability_zone      = var.multi_az ? null : var.availability_zone

  parameter_group_name = var.parameter_group_name
  option_group_name    = var.option_group_name

  storage_type          = var.storage_type
  allocated_storage     = var.allocated_storage
  max_allocated_storage = var.max_allocated_storage
  iops                  = var.iops
  storage_encrypted     = var.storage_encrypted
  kms_key_id            = var.storage_encrypted ? var.kms_key_id : null

  backup_retention_period = var.backup_retention_period
  backup_window           = var.backup_window
  maintenance_window      = var.maintenance_window
  copy_tags_to_snapshot   = var.copy_tags_to_snapshot

  auto_minor_version_upgrade  = var.auto_minor_version_upgrade
  allow_major_version_upgrade = var.allow_major_version_upgrade
  apply_immediately           = var.apply_immediately

  enabled_cloudwatch_logs_exports       = var.enabled_cloudwatch_logs_exports
  monitoring_interval                   = var.monitoring_interval
  monitoring_role_arn                   = var.monitoring_interval > 0 ? var.monitoring_role_arn : null
  performance_insights_enabled          = var.performance_insights_enabled
  performance_insights_kms_key_id       = var.performance_insights_enabled ? var.performance_insights_kms_key_id : null
  performance_insights_retention_period = var.performance_insights_enabled ? var.performance_insights_retention_period : null

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = var.skip_final_snapshot
  final_snapshot_identifier = var.skip_final_snapshot ? null : coalesce(var.final_snapshot_identifier, "${var.identifier}-final")

  tags = merge(var.tags, { Name = var.identifier })

  lifecycle {
    precondition {
      condition     = (var.storage_type == "io1" || var.storage_type == "io2") == (var.iops != null) || var.storage_type == "gp3"
      error_message = "The storage_type io1 needs iops, and standard and gp2 take none."
    }
  }
}
