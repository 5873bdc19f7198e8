# Options of a database engine that has any: MySQL, MariaDB, SQL Server and Oracle.
#
# Its name holds the engine's major version: with a new one the database moves to a new group before the old group goes.

locals {
  name = lower("${var.name}-${replace("${var.engine_name}-${var.major_engine_version}", "/[^A-Za-z0-9]+/", "-")}")
}

resource "aws_db_option_group" "this" {
  name                     = local.name
  option_group_description = var.description
  engine_name              = var.engine_name
  major_engine_version     = var.major_engine_version

  dynamic "option" {
    for_each = { for option in var.options : option.option_name => option }
    content {
      option_name                    = option.value.option_name
      version                        = option.value.version
      port                           = option.value.port
      vpc_security_group_memberships = option.value.vpc_security_group_memberships

      dynamic "option_settings" {
        for_each = option.value.option_settings
        content {
          name  = option_settings.key
          value = option_settings.value
        }
      }
    }
  }

  tags = merge(var.tags, { Name = local.name })

  lifecycle {
    create_before_destroy = true
  }
}
