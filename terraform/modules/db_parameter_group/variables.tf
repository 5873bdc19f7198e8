variable "name" {
  description = "Beginning of the group's name; the family follows."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z](-?[A-Za-z0-9])*$", var.name)) && length(var.name) <= 200
    error_message = "The name must begin with a letter and hold up to 200 letters, digits and single hyphens."
  }
}

variable "family" {
  description = "Family of engines that the parameters are for, such as postgres16 or mysql8.0."
  type        = string
}

variable "cluster" {
  description = "Whether the parameters are for an Aurora cluster instead of an instance."
  type        = bool
  default     = false
}

variable "description" {
  description = "What the group is for."
  type        = string
  default     = "Parameters of a database"
}

variable "parameters" {
  description = "Parameters that differ from the family's defaults; static ones need the apply_method pending-reboot."
  type = list(object({
    name         = string
    value        = string
    apply_method = optional(string, "immediate")
  }))
  default = []

  validation {
    condition     = alltrue([for parameter in var.parameters : contains(["immediate", "pending-reboot"], parameter.apply_method)])
    error_message = "The apply_method of all parameters must be immediate or pending-reboot."
  }

  validation {
    condition     = length(distinct([for parameter in var.parameters : parameter.name])) == length(var.parameters)
    error_message = "The parameters must not name any parameter twice."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
