variable "name" {
  description = "Prefix of the policies' names; the rest is their key."
  type        = string
}

variable "policies" {
  description = "Policies by key: what each allows, and the names of the roles that it is attached to."
  type = map(object({
    description = string
    roles       = list(string)
    statements = list(object({
      actions   = list(string)
      resources = list(string)
    }))
  }))

  validation {
    condition     = alltrue([for policy in values(var.policies) : alltrue([for statement in policy.statements : !contains(statement.actions, "*")])])
    error_message = "None of the policies may allow every action (*)."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
