# Parameters of Systems Manager below one path, encrypted: how an application finds what it works with.
#
# They are encrypted with the key that AWS keeps for the account unless `kms_key_id` names yours (checkov CKV_AWS_337).

resource "aws_ssm_parameter" "this" {
  for_each = var.parameters

  name   = "${var.path}/${each.key}"
  type   = "SecureString"
  value  = each.value
  key_id = var.kms_key_id

  tags = merge(var.tags, { Name = "${var.path}/${each.key}" })
}
