variable "name" {
  description = "Name of the table."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.name))
    error_message = "The name must be 3 to 255 letters, digits or _ . - characters."
  }
}

variable "hash_key" {
  description = "The attribute that the items are found by, and its type: S, N or B."
  type = object({
    name = string
    type = optional(string, "S")
  })
}

variable "range_key" {
  description = "The attribute that orders items of the same hash key; null for one item each."
  type = object({
    name = string
    type = optional(string, "S")
  })
  default = null
}

variable "stream_view_type" {
  description = "What the stream of changes tells: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; null for no stream."
  type        = string
  default     = null

  validation {
    condition     = var.stream_view_type == null || try(contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], var.stream_view_type), false)
    error_message = "The stream_view_type must be KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES."
  }
}

variable "point_in_time_recovery" {
  description = "Whether the table can be restored to any second of the last 35 days."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the table; null for the account's key of DynamoDB."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
