variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "key" {
  description = "Key of the object."
  type        = string
}

variable "source_path" {
  description = "Path of the file on this machine."
  type        = string
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the object; null for what the bucket does by itself."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
