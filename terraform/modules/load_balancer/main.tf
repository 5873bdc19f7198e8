# An application load balancer: one listener, and target groups that it leads to by path.
#
# It is internal unless `internal` says otherwise. With `certificate_arn` it listens to HTTPS on port 443 (TLS 1.2 and
# newer), without to HTTP on port 80: enough behind an API gateway in the same VPC, which speaks TLS with the world
# (checkov CKV_AWS_2, CKV_AWS_103, CKV_AWS_378, CKV2_AWS_20). It is in the way of its own destruction unless
# `deletion_protection` is false, for environments that come and go (checkov CKV_AWS_150). Logs of its accesses go to
# `access_logs_bucket` when there is one (checkov CKV_AWS_91); a web application firewall is a thing of its own (checkov
# CKV2_AWS_28).

locals {
  attachments = merge([
    for key, group in var.target_groups : {
      for index, id in group.target_ids : "${key}/${index}" => { group = key, id = id, port = group.port }
    }
  ]...)
}

resource "aws_lb" "this" {
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = var.internal
  subnets                    = var.subnet_ids
  security_groups            = var.security_group_ids
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  dynamic "access_logs" {
    for_each = var.access_logs_bucket == null ? [] : [var.access_logs_bucket]
    content {
      enabled = true
      bucket  = access_logs.value
    }
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_lb_target_group" "this" {
  for_each = var.target_groups

  name                 = "${var.name}-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = each.value.target_type
  protocol             = "HTTP"
  port                 = each.value.port
  deregistration_delay = var.deregistration_delay

  health_check {
    path    = each.value.health_path
    matcher = "200-399"
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_lb_target_group_attachment" "this" {
  for_each = local.attachments

  target_group_arn = aws_lb_target_group.this[each.value.group].arn
  target_id        = each.value.id
  port             = each.value.port
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = var.certificate_arn == null ? 80 : 443
  protocol          = var.certificate_arn == null ? "HTTP" : "HTTPS"
  ssl_policy        = var.certificate_arn == null ? null : "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "not found"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each = var.target_groups

  listener_arn = aws_lb_listener.this.arn
  priority     = index(sort(keys(var.target_groups)), each.key) + 1

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[each.key].arn
  }

  condition {
    path_pattern {
      values = each.value.paths
    }
  }
}
