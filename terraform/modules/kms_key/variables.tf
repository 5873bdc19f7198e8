variable "name" {
  description = "Name of the key; its alias is `alias/` and this."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9/_-]{1,250}$", var.name)) && !startswith(var.name, "aws/")
    error_message = "The name must be 1 to 250 letters, digits, slashes, underscores or hyphens, and not begin with aws/."
  }
}

variable "description" {
  description = "What the key encrypts."
  type        = string
}

variable "cloudwatch_logs" {
  description = "Whether log groups of this account and region may be encrypted with the key."
  type        = bool
  default     = false
}

variable "services" {
  description = "Services of AWS that encrypt and decrypt with the key by themselves, such as cloudwatch.amazonaws.com."
  type        = list(string)
  default     = []
}

variable "deletion_window_in_days" {
  description = "Days for which a destroyed key can be brought back, 7 to 30."
  type        = number
  default     = 30

  validation {
    condition     = var.deletion_window_in_days >= 7 && var.deletion_window_in_days <= 30
    error_message = "The deletion_window_in_days must be between 7 and 30."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
