variable "name" {
  description = "Name of the queue; the other one's ends in -dead-letter."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,68}$", var.name))
    error_message = "The name must be 1 to 68 letters, digits, - or _."
  }
}

variable "visibility_timeout_seconds" {
  description = "Seconds for which a message that was received is hidden from others. Lambda wants six times the function's timeout."
  type        = number
  default     = 30

  validation {
    condition     = var.visibility_timeout_seconds >= 0 && var.visibility_timeout_seconds <= 43200
    error_message = "The visibility_timeout_seconds must be between 0 and 43200."
  }
}

variable "message_retention_seconds" {
  description = "Seconds that messages are kept."
  type        = number
  default     = 345600
}

variable "max_receive_count" {
  description = "How often a message is received before it goes to the dead-letter queue."
  type        = number
  default     = 5
}

variable "kms_key_id" {
  description = "KMS key that encrypts the messages. Other services can only send with a key of your own."
  type        = string
  default     = "alias/aws/sqs"
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
