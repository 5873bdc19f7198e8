# A group of subnets that RDS may place database instances in. RDS wants subnets in at least two availability zones.

resource "aws_db_subnet_group" "this" {
  name        = lower(var.name)
  description = var.description
  subnet_ids  = var.subnet_ids

  tags = merge(var.tags, { Name = var.name })
}
