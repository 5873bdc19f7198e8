variable "name" {
  description = "Name of the function."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits, - or _."
  }
}

variable "description" {
  description = "What the function does."
  type        = string
  default     = null

  validation {
    condition     = try(length(var.description) <= 256, true)
    error_message = "The description must not be longer than 256 characters."
  }
}

variable "role_arn" {
  description = "ARN of the role that the function works with."
  type        = string
}

variable "package_type" {
  description = "Zip for an archive of code, Image for a container image."
  type        = string
  default     = "Zip"

  validation {
    condition     = contains(["Zip", "Image"], var.package_type)
    error_message = "The package_type must be Zip or Image."
  }
}

variable "filename" {
  description = "Path of the archive on this machine."
  type        = string
  default     = null
}

variable "source_code_hash" {
  description = "SHA-256 of the archive in base 64: a new one means new code."
  type        = string
  default     = null
}

variable "s3_bucket" {
  description = "Bucket that holds the archive, instead of filename."
  type        = string
  default     = null
}

variable "s3_key" {
  description = "Key of the archive in the bucket."
  type        = string
  default     = null
}

variable "s3_object_version" {
  description = "Version of the archive in the bucket; null for the newest."
  type        = string
  default     = null
}

variable "image_uri" {
  description = "URI of the container image, with its tag or digest."
  type        = string
  default     = null
}

variable "image_repository_url" {
  description = "URL of the ECR repository that holds the image, instead of image_uri."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "Tag of the image in the repository."
  type        = string
  default     = "latest"
}

variable "image_config" {
  description = "What to run in the image and where, instead of what the image says itself."
  type = object({
    command           = optional(list(string))
    entry_point       = optional(list(string))
    working_directory = optional(string)
  })
  default = null
}

variable "handler" {
  description = "Where the code begins, such as orders.handle; null for images."
  type        = string
  default     = null
}

variable "runtime" {
  description = "What runs the code, such as python3.13; null for images."
  type        = string
  default     = null
}

variable "layers" {
  description = "ARNs of layer versions, five at most."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.layers) <= 5
    error_message = "The layers must not be more than 5."
  }
}

variable "architecture" {
  description = "The processor: x86_64 or arm64."
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture must be x86_64 or arm64."
  }
}

variable "memory_size" {
  description = "Memory in MB; the share of the processor grows with it."
  type        = number
  default     = 128

  validation {
    condition     = var.memory_size >= 128 && var.memory_size <= 10240
    error_message = "The memory_size must be between 128 and 10240 MB."
  }
}

variable "timeout" {
  description = "Seconds after which a call is given up."
  type        = number
  default     = 3

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "The timeout must be between 1 and 900 seconds."
  }
}

variable "reserved_concurrent_executions" {
  description = "Calls that may run at a time, taken out of the account's limit; -1 for no limit of its own, 0 stops the function."
  type        = number
  default     = -1

  validation {
    condition     = var.reserved_concurrent_executions >= -1
    error_message = "The reserved_concurrent_executions must be -1 or more."
  }
}

variable "environment_variables" {
  description = "Environment variables of the function. Secrets do not belong here: everybody who may look at the function sees them."
  type        = map(string)
  default     = {}
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the environment variables; null for the key of Lambda."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets that the function reaches a VPC from; none for a function outside of any VPC."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups of the function in the VPC."
  type        = list(string)
  default     = []
}

variable "dead_letter_target_arn" {
  description = "ARN of the queue or topic that gets events which failed every attempt; null for none."
  type        = string
  default     = null
}

variable "tracing_mode" {
  description = "Active samples calls for X-Ray, PassThrough leaves that to the caller."
  type        = string
  default     = "PassThrough"

  validation {
    condition     = contains(["Active", "PassThrough"], var.tracing_mode)
    error_message = "The tracing_mode must be Active or PassThrough."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
