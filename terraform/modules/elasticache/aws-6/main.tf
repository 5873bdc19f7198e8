# A Redis cache in a VPC: encrypted on the disk and on the way, with replicas in other zones that take over, unless
# `node_count` is 1 (checkov CKV2_AWS_50).
#
# Who may connect is a matter of its security groups; it has no password of its own (checkov CKV_AWS_31), because one
# would stand in the state. It is encrypted with the key that AWS keeps for the account unless `kms_key_id` names yours
# (checkov CKV_AWS_191).

resource "aws_elasticache_subnet_group" "this" {
  name        = var.name
  description = "Where the cache ${var.name} lies"
  subnet_ids  = var.subnet_ids
}

resource "aws_elasticache_parameter_group" "this" {
  name        = var.name
  description = "Parameters of the cache ${var.name}"
  family      = var.family

  dynamic "parameter" {
    for_each = var.parameters
    content {
      name  = parameter.key
      value = parameter.value
    }
  }
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id       = var.name
  description                = var.description
  engine_version             = var.engine_version
  node_type                  = var.node_type
  port                       = var.port
  num_cache_clusters         = var.node_count
  automatic_failover_enabled = var.node_count > 1
  multi_az_enabled           = var.node_count > 1
  parameter_group_name       = aws_elasticache_parameter_group.this.name
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = var.security_group_ids
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  kms_key_id                 = var.kms_key_id
  snapshot_retention_limit   = var.snapshot_retention_days

  tags = merge(var.tags, { Name = var.name })
}
