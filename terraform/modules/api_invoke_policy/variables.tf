variable "name" {
  description = "Name of the policy."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", var.name))
    error_message = "The name must be 1 to 128 letters, digits or +=,.@_- characters."
  }
}

variable "calls_arn" {
  description = "The calls that are allowed: the API's execution ARN, a stage, a method and a path."
  type        = string
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
