variable "log_groups" {
  description = "Names of the log groups, by keys of your own."
  type        = map(string)

  validation {
    condition     = alltrue([for name in values(var.log_groups) : can(regex("^[A-Za-z0-9_/.#-]{1,512}$", name))])
    error_message = "Each name in log_groups must be 1 to 512 letters, digits or any of _ / . # -."
  }
}

variable "retention_in_days" {
  description = "Days for which events are kept; 0 keeps them for ever."
  type        = number
  default     = 365

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.retention_in_days)
    error_message = "The retention_in_days must be 0 or a number of days that CloudWatch Logs offers, such as 30, 90, 365 or 731."
  }
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the events, whose policy lets CloudWatch Logs use it; null for a key of AWS."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
