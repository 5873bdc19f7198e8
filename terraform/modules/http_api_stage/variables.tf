variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "name" {
  description = "Name of the stage, which is a part of its URL; $default is not."
  type        = string
  default     = "$default"

  validation {
    condition     = can(regex("^([A-Za-z0-9_-]{1,128}|\\$default)$", var.name))
    error_message = "The name must be 1 to 128 letters, digits, - or _, or $default."
  }
}

variable "stage_variables" {
  description = "Variables that integrations may refer to."
  type        = map(string)
  default     = {}
}

variable "metrics_enabled" {
  description = "Whether metrics are kept for each route."
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
  description = "ARN of the log group for a line about each call."
  type        = string
  default     = null
}

variable "log_format" {
  description = "What the line about a call says."
  type        = string
  default     = "{\"requestId\":\"$context.requestId\",\"ip\":\"$context.identity.sourceIp\",\"time\":\"$context.requestTime\",\"route\":\"$context.routeKey\",\"status\":\"$context.status\",\"length\":\"$context.responseLength\",\"error\":\"$context.integrationErrorMessage\"}"
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
