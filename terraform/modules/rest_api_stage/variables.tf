variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "name" {
  description = "Name of the stage, which is a part of its URL."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,128}$", var.name))
    error_message = "The name must be 1 to 128 letters, digits, - or _."
  }
}

variable "fingerprints" {
  description = "Change with what is deployed, the endpoints and the API's policy: new ones make a new deployment."
  type        = list(string)
}

variable "stage_variables" {
  description = "Variables that integrations may refer to."
  type        = map(string)
  default     = {}
}

variable "tracing_enabled" {
  description = "Whether a sample of the calls is traced with X-Ray."
  type        = bool
  default     = false
}

variable "cache_size_gb" {
  description = "Size of the cache for answers, in GB: 0.5, 1.6, 6.1, …; null for no cache."
  type        = string
  default     = null

  validation {
    condition     = var.cache_size_gb == null || try(contains(["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"], var.cache_size_gb), false)
    error_message = "The cache_size_gb must be 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118 or 237."
  }
}

variable "cache_ttl_seconds" {
  description = "Seconds for which an answer stays in the cache."
  type        = number
  default     = 300

  validation {
    condition     = var.cache_ttl_seconds >= 0 && var.cache_ttl_seconds <= 3600
    error_message = "The cache_ttl_seconds must be between 0 and 3600."
  }
}

variable "metrics_enabled" {
  description = "Whether metrics are kept for each method."
  type        = bool
  default     = true
}

variable "throttling_burst_limit" {
  description = "Calls at a time before callers are told to wait."
  type        = number
  default     = 5000
}

variable "throttling_rate_limit" {
  description = "Calls in a second, on average, before callers are told to wait."
  type        = number
  default     = 10000
}

variable "log_group_arn" {
  description = "ARN of the log group for a line about each call; null for no logs at all."
  type        = string
  default     = null
}

variable "log_format" {
  description = "What the line about a call says."
  type        = string
  default     = "{\"requestId\":\"$context.requestId\",\"ip\":\"$context.identity.sourceIp\",\"time\":\"$context.requestTime\",\"method\":\"$context.httpMethod\",\"path\":\"$context.resourcePath\",\"status\":\"$context.status\",\"length\":\"$context.responseLength\",\"error\":\"$context.error.message\"}"
}

variable "logging_level" {
  description = "What API Gateway itself writes down about its work: OFF, ERROR or INFO."
  type        = string
  default     = "ERROR"

  validation {
    condition     = contains(["OFF", "ERROR", "INFO"], var.logging_level)
    error_message = "The logging_level must be OFF, ERROR or INFO."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
