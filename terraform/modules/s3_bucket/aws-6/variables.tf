variable "name" {
  description = "Name of the bucket. Everyone on AWS shares them: unless `exact_name` is set, its first 36 characters get a unique ending."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9.-]{1,61}[A-Za-z0-9]$", var.name))
    error_message = "The name must be 3 to 63 letters, digits, dots or hyphens."
  }
}

variable "exact_name" {
  description = "Whether the bucket is called exactly `name`, without a unique ending."
  type        = bool
  default     = false
}

variable "versioning" {
  description = "Whether overwritten and deleted objects are kept as older versions."
  type        = bool
  default     = true
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the objects; null for the keys of S3 (AES256)."
  type        = string
  default     = null
}

variable "expiration_days" {
  description = "Days after which objects are deleted; null or 0 keeps them."
  type        = number
  default     = null
}

variable "noncurrent_expiration_days" {
  description = "Days after which older versions are deleted; null keeps them."
  type        = number
  default     = 90
}

variable "log_delivery" {
  description = "Whether AWS may deliver logs, such as those of VPC flows, into the bucket."
  type        = bool
  default     = false
}

variable "force_destroy" {
  description = "Whether destroying the bucket deletes the objects in it; false refuses while there are any."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
