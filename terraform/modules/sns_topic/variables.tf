variable "name" {
  description = "Name of the topic."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,256}$", var.name))
    error_message = "The name must be 1 to 256 letters, digits, - or _."
  }
}

variable "kms_key_id" {
  description = "KMS key that encrypts the messages. Services of AWS, such as alarms, can only publish with a key of your own."
  type        = string
  default     = "alias/aws/sns"
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
