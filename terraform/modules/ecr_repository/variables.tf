variable "name" {
  description = "Name of the repository."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name))
    error_message = "The name must be lowercase letters and digits, divided by single . _ - or / characters."
  }
}

variable "mutable_tags" {
  description = "Whether a tag can be moved to another image."
  type        = bool
  default     = false
}

variable "kept_images" {
  description = "How many images stay; the oldest go."
  type        = number
  default     = 20
}

variable "lambda_access" {
  description = "Whether Lambda functions of this account may be made of the images."
  type        = bool
  default     = false
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the images; null for the keys of ECR."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
