variable "name" {
  description = "Beginning of the roles' names: -cluster, -nodes and -fargate follow."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,56}$", var.name))
    error_message = "The name must be 1 to 56 letters, digits or +=,.@_- characters."
  }
}

variable "nodes" {
  description = "Whether a role for nodes is needed."
  type        = bool
  default     = false
}

variable "fargate" {
  description = "Whether a role that starts pods on Fargate is needed."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
