# The parameters of a database engine, for an instance or, with `cluster`, for a whole Aurora cluster.
#
# Its name holds the family: with a new one the database moves to a new group before the old group goes.

locals {
  name       = lower("${var.name}-${replace(var.family, "/[^A-Za-z0-9]+/", "-")}")
  parameters = { for parameter in var.parameters : parameter.name => parameter }
}

resource "aws_db_parameter_group" "this" {
  count = var.cluster ? 0 : 1

  name        = local.name
  description = var.description
  family      = var.family

  dynamic "parameter" {
    for_each = local.parameters
    content {
      name         = parameter.value.name
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  tags = merge(var.tags, { Name = local.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_rds_cluster_parameter_group" "this" {
  count = var.cluster ? 1 : 0

  name        = local.name
  description = var.description
  family      = var.family

  dynamic "parameter" {
    for_each = local.parameters
    content {
      name         = parameter.value.name
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  tags = merge(var.tags, { Name = local.name })

  lifecycle {
    create_before_destroy = true
  }
}
