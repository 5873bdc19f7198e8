variable "policies" {
  description = "Traffic policies by name: the document as JSON, and where it is used: a zone's id, a name in it, a TTL."
  type = map(object({
    document = string
    comment  = optional(string)
    zone_id  = optional(string)
    record   = optional(string)
    ttl      = optional(number, 60)
  }))
}
