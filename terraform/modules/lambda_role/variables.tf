variable "name" {
  description = "Name of the role."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits or +=,.@_- characters."
  }
}

variable "log_group_arn" {
  description = "ARN of the function's log group."
  type        = string
}

variable "vpc_access" {
  description = "Whether the function lies in a VPC, where it needs network interfaces."
  type        = bool
  default     = false
}

variable "tracing" {
  description = "Whether the function sends traces to X-Ray."
  type        = bool
  default     = false
}

variable "queue_arns" {
  description = "ARNs of the SQS queues that the function is fed from."
  type        = list(string)
  default     = []
}

variable "stream_arns" {
  description = "ARNs of the DynamoDB streams that the function is fed from."
  type        = list(string)
  default     = []
}

variable "destination_arns" {
  description = "ARNs of the queues and topics that failed events are sent to."
  type        = list(string)
  default     = []
}

variable "kms_key_arns" {
  description = "ARNs of the KMS keys that the function's environment, queues or streams are encrypted with."
  type        = list(string)
  default     = []
}

variable "statements" {
  description = "What else the function may do. An Allow statement names actions and resources of its own."
  type = list(object({
    sid       = optional(string)
    effect    = optional(string, "Allow")
    actions   = list(string)
    resources = list(string)
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = list(string)
    })), [])
  }))
  default = []

  validation {
    condition     = alltrue([for statement in var.statements : contains(["Allow", "Deny"], statement.effect)])
    error_message = "The effect of each of the statements must be Allow or Deny."
  }

  validation {
    condition     = alltrue([for statement in var.statements : length(statement.actions) > 0 && length(statement.resources) > 0])
    error_message = "Each of the statements needs at least one action and one resource."
  }

  validation {
    condition     = alltrue([for statement in var.statements : statement.effect == "Deny" || !contains(statement.actions, "*")])
    error_message = "None of the statements may allow every action (*)."
  }
}

variable "policy_arns" {
  description = "ARNs of managed policies to attach as well."
  type        = list(string)
  default     = []
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds the role; null for none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
