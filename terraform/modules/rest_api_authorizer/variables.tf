variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "name" {
  description = "Name of the authorizer."
  type        = string
}

variable "type" {
  description = "COGNITO_USER_POOLS, TOKEN for a function that judges one header, or REQUEST for one that judges the request."
  type        = string

  validation {
    condition     = contains(["COGNITO_USER_POOLS", "TOKEN", "REQUEST"], var.type)
    error_message = "The type must be COGNITO_USER_POOLS, TOKEN or REQUEST."
  }
}

variable "identity_source" {
  description = "Where callers show who they are."
  type        = string
  default     = "method.request.header.Authorization"
}

variable "user_pool_arns" {
  description = "ARNs of the Cognito user pools."
  type        = list(string)
  default     = []
}

variable "function" {
  description = "Name or ARN of the function that judges, or of one of its aliases."
  type        = string
  default     = null
}

variable "authorizer_uri" {
  description = "The function by its whole URI, instead of function."
  type        = string
  default     = null
}

variable "credentials_arn" {
  description = "ARN of the role with which the function is invoked; null when its own policy allows it."
  type        = string
  default     = null
}

variable "result_ttl_seconds" {
  description = "Seconds for which a judgement holds."
  type        = number
  default     = 300

  validation {
    condition     = var.result_ttl_seconds >= 0 && var.result_ttl_seconds <= 3600
    error_message = "The result_ttl_seconds must be between 0 and 3600."
  }
}
