variable "public_zones" {
  description = "Public zones by keys of your own. `force_destroy` also destroys records that were made elsewhere."
  type = map(object({
    name          = string
    comment       = optional(string, "Managed by mermaid-flow")
    force_destroy = optional(bool, false)
  }))
  default = {}
}

variable "private_zones" {
  description = "Private zones by keys of your own, each with the VPC that it is made in."
  type = map(object({
    name          = string
    vpc_id        = string
    comment       = optional(string, "Managed by mermaid-flow")
    force_destroy = optional(bool, false)
  }))
  default = {}
}

variable "associations" {
  description = "Further VPCs of private zones, by keys of your own; `zone` is a key of `private_zones`."
  type = map(object({
    zone   = string
    vpc_id = string
  }))
  default = {}
}

variable "delegations" {
  description = "Delegations by the delegated key of `public_zones`: the parent is another key of it, or a zone id."
  type = map(object({
    parent_zone    = optional(string)
    parent_zone_id = optional(string)
    ttl            = optional(number, 172800)
  }))
  default = {}
}

variable "delegation_set_name" {
  description = "Name of a reusable delegation set that all public zones share; null for name servers of their own."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module that takes them."
  type        = map(string)
  default     = {}
}
