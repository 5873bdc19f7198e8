variable "name" {
  description = "Name of the flow log, of its role and the last part of its log group's name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits or +=,.@_- characters: IAM allows no others in a role's name."
  }
}

variable "vpc_id" {
  description = "Id of the VPC whose traffic is logged."
  type        = string
}

variable "destination_type" {
  description = "Where the logs go: cloud-watch-logs or s3."
  type        = string
  default     = "cloud-watch-logs"

  validation {
    condition     = contains(["cloud-watch-logs", "s3"], var.destination_type)
    error_message = "The destination_type must be cloud-watch-logs or s3."
  }
}

variable "bucket_arn" {
  description = "ARN of the bucket, when the logs go to s3; a key prefix may follow it after a slash."
  type        = string
  default     = null
}

variable "traffic_type" {
  description = "What is logged: ACCEPT, REJECT or ALL traffic."
  type        = string
  default     = "ALL"

  validation {
    condition     = contains(["ACCEPT", "REJECT", "ALL"], var.traffic_type)
    error_message = "The traffic_type must be ACCEPT, REJECT or ALL."
  }
}

variable "max_aggregation_interval" {
  description = "Seconds over which flows are summed up: 60 or 600."
  type        = number
  default     = 600

  validation {
    condition     = contains([60, 600], var.max_aggregation_interval)
    error_message = "The max_aggregation_interval must be 60 or 600 seconds."
  }
}

variable "log_format" {
  description = "Fields of a record, such as `$${srcaddr} $${dstaddr} $${action}`; null for the default of AWS."
  type        = string
  default     = null
}

variable "retention_in_days" {
  description = "Days that the log group keeps events; 0 keeps them for ever."
  type        = number
  default     = 365

  validation {
    condition     = contains([0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653], var.retention_in_days)
    error_message = "The retention_in_days must be one of 0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827 or 3653."
  }
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the log group; null for the key of CloudWatch Logs."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
