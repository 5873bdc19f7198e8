output "fingerprint" {
  description = "Changes with every endpoint: what a deployment is renewed by. Known when all of them are in place."
  value = sha256(jsonencode([
    var.endpoints, var.integrations, var.authorization, var.authorizer_id, var.authorization_scopes, var.open_endpoints,
    var.api_key_required, var.cors,
  ]))

  depends_on = [
    aws_api_gateway_integration.this,
    aws_api_gateway_integration_response.this,
    aws_api_gateway_integration_response.options,
    aws_api_gateway_gateway_response.this,
  ]
}

output "resource_ids" {
  description = "Ids of the resources by their paths, without the first slash."
  value       = local.resource_ids
}
