# Traffic policies, for providers that have no resource for them: the documents are kept in the state, where a newer
# provider's variant of this module takes them up.

resource "terraform_data" "this" {
  for_each = var.policies

  input = {
    name     = each.key
    document = jsonencode(jsondecode(each.value.document))
    comment  = each.value.comment
    zone_id  = each.value.zone_id
    record   = each.value.record
    ttl      = each.value.ttl
  }
}
