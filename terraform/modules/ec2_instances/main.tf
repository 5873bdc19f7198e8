# Instances of EC2 with encrypted disks and instance metadata by session only (IMDSv2), spread over subnets.
#
# Without `ami_id` they run the newest Amazon Linux 2023 of the day they are made; a newer one does not replace them.

data "aws_ssm_parameter" "ami" {
  count = var.ami_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

resource "aws_instance" "this" {
  count = var.instance_count

  ami                    = var.ami_id == null ? data.aws_ssm_parameter.ami[0].value : var.ami_id
  instance_type          = var.instance_type
  subnet_id              = var.subnet_ids[count.index % length(var.subnet_ids)]
  vpc_security_group_ids = var.security_group_ids
  iam_instance_profile   = var.instance_profile_name
  user_data              = var.user_data
  ebs_optimized          = true
  monitoring             = var.detailed_monitoring

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    kms_key_id  = var.kms_key_id
    volume_size = var.volume_size
    volume_type = "gp3"
  }

  tags = merge(var.tags, { Name = "${var.name}-${count.index + 1}" })

  lifecycle {
    ignore_changes = [ami]
  }
}
