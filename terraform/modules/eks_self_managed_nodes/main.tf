# Nodes that join a cluster by themselves: a group of instances that you update, replace and drain.
#
# The image is the newest one of EKS for the cluster's version (Amazon Linux 2023) whenever an instance starts, unless
# `ami_id` names another. Disks are encrypted, and the metadata of the instances asks for a session token and answers no
# pods. The number of nodes is the autoscaler's business after the start: the tags by which it finds the group are there.
#
# The cluster lets nodes in whose role its ConfigMap `aws-auth` names.

locals {
  name  = "${var.cluster_name}-${var.name}"
  image = "resolve:ssm:/aws/service/eks/optimized-ami/${var.kubernetes_version}/amazon-linux-2023/x86_64/standard/recommended/image_id"

  labels = [for key, value in var.labels : "${key}=${value}"]
  taints = [for taint in var.taints : "${taint.key}=${taint.value == null ? "" : taint.value}:${local.effects[taint.effect]}"]
  effects = {
    NO_SCHEDULE        = "NoSchedule"
    NO_EXECUTE         = "NoExecute"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
  }
  kubelet_flags = concat(
    length(local.labels) > 0 ? ["--node-labels=${join(",", local.labels)}"] : [],
    length(local.taints) > 0 ? ["--register-with-taints=${join(",", local.taints)}"] : [],
  )

  # What nodeadm, which makes an instance of the image a node, reads: https://awslabs.github.io/amazon-eks-ami/nodeadm/
  node_config = {
    apiVersion = "node.eks.aws/v1alpha1"
    kind       = "NodeConfig"
    spec = {
      cluster = {
        name                 = var.cluster_name
        apiServerEndpoint    = var.cluster_endpoint
        certificateAuthority = var.cluster_ca_data
        cidr                 = var.service_ipv4_cidr
      }
      kubelet = { flags = local.kubelet_flags }
    }
  }

  tags = merge(var.tags, {
    Name                                            = local.name
    "kubernetes.io/cluster/${var.cluster_name}"     = "owned"
    "k8s.io/cluster-autoscaler/enabled"             = "true"
    "k8s.io/cluster-autoscaler/${var.cluster_name}" = "owned"
  })
}

resource "aws_iam_instance_profile" "this" {
  name = local.name
  role = var.node_role_name

  tags = merge(var.tags, { Name = local.name })
}

resource "aws_launch_template" "this" {
  name                   = local.name
  update_default_version = true
  image_id               = coalesce(var.ami_id, local.image)
  instance_type          = var.instance_type
  vpc_security_group_ids = compact(var.security_group_ids)
  user_data = base64encode(join("\n", [
    "MIME-Version: 1.0",
    "Content-Type: multipart/mixed; boundary=\"BOUNDARY\"",
    "",
    "--BOUNDARY",
    "Content-Type: application/node.eks.aws",
    "",
    yamlencode(local.node_config),
    "--BOUNDARY--",
    "",
  ]))

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
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
    resource_type = "volume"
    tags          = merge(var.tags, { Name = local.name })
  }

  tags = merge(var.tags, { Name = local.name })
}

resource "aws_autoscaling_group" "this" {
  name                = local.name
  min_size            = var.min_size
  desired_capacity    = var.desired_size
  max_size            = var.max_size
  vpc_zone_identifier = var.subnet_ids
  health_check_type   = "EC2"

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  dynamic "tag" {
    for_each = local.tags
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  lifecycle {
    ignore_changes = [desired_capacity]

    precondition {
      condition     = var.min_size <= var.desired_size && var.desired_size <= var.max_size
      error_message = "The desired_size must lie between min_size and max_size."
    }
  }
}
