# The password that somebody else keeps, when one is named.

locals {
  generated = var.password_secret_arn == null
  password  = local.generated ? null : jsondecode(data.aws_secretsmanager_secret_version.given[0].secret_string)["password"]
}

data "aws_secretsmanager_secret_version" "given" {
  count = local.generated ? 0 : 1

  secret_id = var.password_secret_arn
}
