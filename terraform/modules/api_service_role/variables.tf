variable "name" {
  description = "Name of the role."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits or +=,.@_- characters."
  }
}

variable "statements" {
  description = "What the API may do, and with which resources."
  type = list(object({
    actions   = list(string)
    resources = list(string)
  }))

  validation {
    condition     = length(var.statements) > 0 && alltrue([for statement in var.statements : length(statement.actions) > 0 && length(statement.resources) > 0 && !contains(statement.actions, "*")])
    error_message = "The statements must name actions (not *) and resources."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
