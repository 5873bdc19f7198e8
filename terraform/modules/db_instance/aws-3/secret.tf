# A password that nobody has seen. Provider 3 knows no passwords that RDS makes up itself, and there is no other source of
# randomness at hand than `uuid()`: it is random every time, and only the first time counts.

locals {
  generated = var.password_secret_arn == null
  secret    = local.generated ? aws_secretsmanager_secret_version.this[0].secret_string : data.aws_secretsmanager_secret_version.given[0].secret_string
  password  = jsondecode(local.secret)["password"]
}

resource "aws_secretsmanager_secret" "this" {
  count = local.generated ? 1 : 0

  name_prefix             = "rds/${var.identifier}-"
  description             = "Master user of the database ${var.identifier}"
  kms_key_id              = var.master_user_secret_kms_key_id
  recovery_window_in_days = 0 # without its database it opens nothing

  tags = merge(var.tags, { Name = var.identifier })
}

resource "aws_secretsmanager_secret_version" "this" {
  count = local.generated ? 1 : 0

  secret_id = aws_secretsmanager_secret.this[0].id
  secret_string = jsonencode({
    username = var.username
    # Letters and digits suit every engine; an upper-case letter and a digit in front satisfy SQL Server's policy.
    password = "M1${substr(replace(base64sha256(uuid()), "/[^A-Za-z0-9]/", ""), 0, 26)}"
  })

  lifecycle {
    ignore_changes = [secret_string]
  }
}

data "aws_secretsmanager_secret_version" "given" {
  count = local.generated ? 0 : 1

  secret_id = var.password_secret_arn
}
