# A VPC with DNS support, and its default security group under control.
#
# AWS gives every VPC a default security group that lets its members talk to each other and to everywhere. This module
# takes it over and closes it; whoever wants rules in it says so with `default_security_group_ingress_rules` and
# `default_security_group_egress_rules`. Flow logs are a module of their own, `flow_logs`.
# Checkov cannot follow either of that through variables and modules (CKV2_AWS_12, CKV2_AWS_11).

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  instance_tenancy     = var.instance_tenancy
  enable_dns_support   = var.enable_dns_support
  enable_dns_hostnames = var.enable_dns_hostnames

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  dynamic "ingress" {
    for_each = var.default_security_group_ingress_rules
    content {
      description     = ingress.value.description
      from_port       = ingress.value.from_port
      to_port         = ingress.value.to_port
      protocol        = ingress.value.protocol
      cidr_blocks     = ingress.value.cidr_blocks
      security_groups = ingress.value.security_groups
      self            = ingress.value.self
    }
  }

  dynamic "egress" {
    for_each = var.default_security_group_egress_rules
    content {
      description     = egress.value.description
      from_port       = egress.value.from_port
      to_port         = egress.value.to_port
      protocol        = egress.value.protocol
      cidr_blocks     = egress.value.cidr_blocks
      security_groups = egress.value.security_groups
      self            = egress.value.self
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-default" })
}

resource "aws_vpc_dhcp_options" "this" {
  count = var.dhcp_options == null ? 0 : 1

  domain_name         = var.dhcp_options.domain_name
  domain_name_servers = var.dhcp_options.domain_name_servers
  ntp_servers         = var.dhcp_options.ntp_servers

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_vpc_dhcp_options_association" "this" {
  count = var.dhcp_options == null ? 0 : 1

  vpc_id          = aws_vpc.this.id
  dhcp_options_id = aws_vpc_dhcp_options.this[0].id
}
