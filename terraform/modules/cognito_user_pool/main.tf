# A user pool of Cognito, with a client for the users of an API and, for `scopes`, a resource server that grants them.
#
# Only administrators make users. Passwords have twelve characters of every kind, a second factor is offered, and
# what the client says does not tell whether a user exists.

data "aws_region" "current" {}

locals {
  region = data.aws_region.current.id # `name` until provider 5, `region` since provider 6, `id` in both
}

resource "aws_cognito_user_pool" "this" {
  name                     = var.name
  mfa_configuration        = var.mfa
  auto_verified_attributes = ["email"]

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = true
    temporary_password_validity_days = 7
  }

  software_token_mfa_configuration {
    enabled = var.mfa != "OFF"
  }

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_cognito_resource_server" "this" {
  count = length(var.scopes) > 0 ? 1 : 0

  user_pool_id = aws_cognito_user_pool.this.id
  identifier   = var.name
  name         = var.name

  dynamic "scope" {
    for_each = var.scopes
    content {
      scope_name        = scope.key
      scope_description = scope.value
    }
  }
}

resource "aws_cognito_user_pool_client" "this" {
  user_pool_id                  = aws_cognito_user_pool.this.id
  name                          = "${var.name}-callers"
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
}

resource "aws_cognito_user_pool_domain" "this" {
  count = var.domain_prefix == null ? 0 : 1

  user_pool_id = aws_cognito_user_pool.this.id
  domain       = var.domain_prefix
}
