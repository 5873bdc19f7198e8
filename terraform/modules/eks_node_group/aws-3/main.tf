# Nodes that EKS manages: it starts, replaces and drains them.
#
# Their disks are encrypted, and their metadata asks for a session token and answers no pods. The number of nodes is the
# autoscaler's business after the start.
#
# For provider 3, which knows neither taints nor how many nodes an update may replace, and of images only those of Amazon
# Linux 2: taints are left out, and another `ami_type` is left to EKS to choose.

resource "aws_launch_template" "this" {
  name                   = "${var.cluster_name}-${var.name}"
  update_default_version = true
  vpc_security_group_ids = compact(var.security_group_ids)

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.disk_size
      encrypted             = true
      kms_key_id            = var.ebs_kms_key_id
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = merge(var.tags, { Name = "${var.cluster_name}-${var.name}" })
  }

  tag_specifications {
    resource_type = "volume"
    tags          = merge(var.tags, { Name = "${var.cluster_name}-${var.name}" })
  }

  tags = merge(var.tags, { Name = "${var.cluster_name}-${var.name}" })
}

resource "aws_eks_node_group" "this" {
  cluster_name    = var.cluster_name
  node_group_name = var.name
  node_role_arn   = var.node_role_arn
  subnet_ids      = var.subnet_ids
  instance_types  = var.instance_types
  ami_type        = contains(["AL2_x86_64", "AL2_x86_64_GPU", "AL2_ARM_64"], coalesce(var.ami_type, "AL2_x86_64")) ? var.ami_type : null
  capacity_type   = var.capacity_type
  labels          = var.labels

  scaling_config {
    min_size     = var.min_size
    desired_size = var.desired_size
    max_size     = var.max_size
  }

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  tags = merge(var.tags, { Name = "${var.cluster_name}-${var.name}" })

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]

    precondition {
      condition     = var.min_size <= var.desired_size && var.desired_size <= var.max_size
      error_message = "The desired_size must lie between min_size and max_size."
    }
  }
}
