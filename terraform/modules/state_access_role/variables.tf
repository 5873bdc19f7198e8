variable "name" {
  description = "Name of the role."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits or any of _ + = , . @ -."
  }
}

variable "bucket_name" {
  description = "Name of the bucket that holds the state."
  type        = string
}

variable "path" {
  description = "What the keys of the state's objects begin with; empty for the whole bucket."
  type        = string
  default     = ""
}

variable "table_name" {
  description = "Name of the DynamoDB table, in this account and region, that holds the locks."
  type        = string
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the state; null where it is a key of AWS."
  type        = string
  default     = null
}

variable "trusted_account_ids" {
  description = "Ids of other accounts whose principals may assume the role when they name the external id."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.trusted_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "Each of the trusted_account_ids must be twelve digits."
  }
}

variable "external_id" {
  description = "What principals of other accounts have to name; needed with `trusted_account_ids`."
  type        = string
  default     = null

  validation {
    condition     = var.external_id == null || can(regex("^[A-Za-z0-9_+=,.@:/-]{2,}$", var.external_id))
    error_message = "The external_id must be at least 2 letters, digits or any of _ + = , . @ : / -."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
