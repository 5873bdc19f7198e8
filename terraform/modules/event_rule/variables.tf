variable "name" {
  description = "Name of the rule."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits or _ . - characters."
  }
}

variable "description" {
  description = "What the rule is for."
  type        = string
  default     = null
}

variable "schedule_expression" {
  description = "When to call the target: rate(5 minutes), or cron(0 6 * * ? *) in UTC; null for a rule without a schedule."
  type        = string
  default     = null

  validation {
    condition     = var.schedule_expression == null || can(regex("^(rate|cron)\\(.+\\)$", var.schedule_expression))
    error_message = "The schedule_expression must be rate(…) or cron(…)."
  }
}

variable "event_pattern" {
  description = "Which events to call the target for, in JSON; null for a rule without a pattern."
  type        = string
  default     = null

  validation {
    condition     = var.event_pattern == null || can(jsondecode(var.event_pattern))
    error_message = "The event_pattern must be JSON."
  }
}

variable "event_bus_name" {
  description = "The bus whose events the rule sees."
  type        = string
  default     = "default"
}

variable "target_arn" {
  description = "ARN of what the rule calls."
  type        = string
}

variable "input" {
  description = "What the target is given, in JSON; null for the event itself."
  type        = string
  default     = null

  validation {
    condition     = var.input == null || can(jsondecode(var.input))
    error_message = "The input must be JSON."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
