variable "name" {
  description = "Prefix of the roles' names; the rest is their key."
  type        = string
}

variable "roles" {
  description = "Roles by key: which service (`ec2.amazonaws.com`) assumes each, and its managed policies: ARNs, or names of those of AWS."
  type = map(object({
    service     = string
    description = string
    policies    = optional(list(string), [])
  }))

  validation {
    condition     = alltrue([for role in values(var.roles) : can(regex("^[a-z0-9.-]+\\.amazonaws\\.com$", role.service))])
    error_message = "The service of each of the roles must be the name of a service of AWS, such as ec2.amazonaws.com."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds the roles; null for none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
