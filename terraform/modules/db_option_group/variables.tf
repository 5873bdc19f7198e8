variable "name" {
  description = "Beginning of the group's name; engine and version follow."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z](-?[A-Za-z0-9])*$", var.name)) && length(var.name) <= 200
    error_message = "The name must begin with a letter and hold up to 200 letters, digits and single hyphens."
  }
}

variable "engine_name" {
  description = "Engine that the options are for, such as mysql or sqlserver-se."
  type        = string
}

variable "major_engine_version" {
  description = "Major version of the engine, such as 8.0, 15.00 or 19."
  type        = string
}

variable "description" {
  description = "What the group is for."
  type        = string
  default     = "Options of a database"
}

variable "options" {
  description = "Options that the engine gets, with their settings by name."
  type = list(object({
    option_name                    = string
    version                        = optional(string)
    port                           = optional(number)
    vpc_security_group_memberships = optional(list(string))
    option_settings                = optional(map(string), {})
  }))
  default = []

  validation {
    condition     = length(distinct([for option in var.options : option.option_name])) == length(var.options)
    error_message = "The options must not name any option twice."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
