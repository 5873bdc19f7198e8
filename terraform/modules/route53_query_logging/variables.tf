variable "name" {
  description = "Name of the policy that lets Route 53 write."
  type        = string
}

variable "zones" {
  description = "Public zones to log, by keys of your own."
  type = map(object({
    name    = string
    zone_id = string
  }))
}

variable "retention_in_days" {
  description = "Days for which queries are kept."
  type        = number
  default     = 365
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the log groups; null for a key of AWS."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module that takes them."
  type        = map(string)
  default     = {}
}
