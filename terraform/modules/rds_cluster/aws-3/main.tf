# An Aurora cluster and its instances: encrypted, not on the internet, protected from being destroyed.
#
# The password of the master user is made up once and kept in a secret of Secrets Manager; it also stands in the state,
# as every password that Terraform sets.
# `password_secret_arn` names a secret of your own instead.
#
# Enhanced monitoring and Performance Insights cost extra and not every class has them: they are off unless asked for
# (checkov CKV_AWS_118, CKV_AWS_353). Automated backups are always on; a plan of AWS Backup is for whoever has many
# databases (checkov CKV2_AWS_8). Whether a cluster for trials may go is for the caller to say (checkov CKV_AWS_139).
# Statements of clients are not logged unless the parameters say so: secrets may stand in them (checkov CKV2_AWS_27).

resource "aws_rds_cluster" "this" {
  cluster_identifier = var.identifier
  engine             = var.engine
  engine_version     = var.engine_version
  port               = var.port

  database_name                       = var.db_name
  master_username                     = var.username
  master_password                     = local.password
  iam_database_authentication_enabled = var.iam_database_authentication_enabled

  db_subnet_group_name            = var.db_subnet_group_name
  vpc_security_group_ids          = var.security_group_ids
  db_cluster_parameter_group_name = var.parameter_group_name

  storage_encrypted = var.storage_encrypted
  kms_key_id        = var.storage_encrypted ? var.kms_key_id : null

  backup_retention_period      = var.backup_retention_period
  preferred_backup_window      = var.backup_window
  preferred_maintenance_window = var.maintenance_window
  copy_tags_to_snapshot        = var.copy_tags_to_snapshot

  allow_major_version_upgrade     = var.allow_major_version_upgrade
  apply_immediately               = var.apply_immediately
  enabled_cloudwatch_logs_exports = var.enabled_cloudwatch_logs_exports

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = var.skip_final_snapshot
  final_snapshot_identifier = var.skip_final_snapshot ? null : coalesce(var.final_snapshot_identifier, "${var.identifier}-final")

  tags = merge(var.tags, { Name = var.identifier })
}

resource "aws_rds_cluster_instance" "this" {
  count = coalesce(var.instance_count, var.multi_az ? 2 : 1)

  identifier         = "${var.identifier}-${count.index + 1}"
  cluster_identifier = aws_rds_cluster.this.id
  engine             = aws_rds_cluster.this.engine
  engine_version     = aws_rds_cluster.this.engine_version
  instance_class     = var.instance_class
  availability_zone  = count.index == 0 ? var.availability_zone : null
  ca_cert_identifier = var.ca_cert_identifier

  db_subnet_group_name         = var.db_subnet_group_name
  publicly_accessible          = var.publicly_accessible
  preferred_maintenance_window = var.maintenance_window
  copy_tags_to_snapshot        = var.copy_tags_to_snapshot
  auto_minor_version_upgrade   = var.auto_minor_version_upgrade
  apply_immediately            = var.apply_immediately

  monitoring_interval             = var.monitoring_interval
  monitoring_role_arn             = var.monitoring_interval > 0 ? var.monitoring_role_arn : null
  performance_insights_enabled    = var.performance_insights_enabled
  performance_insights_kms_key_id = var.performance_insights_enabled ? var.performance_insights_kms_key_id : null

  tags = merge(var.tags, { Name = "${var.identifier}-${count.index + 1}" })
}
