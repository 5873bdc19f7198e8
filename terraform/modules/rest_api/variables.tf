variable "name" {
  description = "Name of the API."
  type        = string
}

variable "description" {
  description = "What the API is for."
  type        = string
  default     = null
}

variable "endpoint_type" {
  description = "Where callers come in: REGIONAL, EDGE by CloudFront, or PRIVATE from inside VPCs."
  type        = string
  default     = "REGIONAL"

  validation {
    condition     = contains(["REGIONAL", "EDGE", "PRIVATE"], var.endpoint_type)
    error_message = "The endpoint_type must be REGIONAL, EDGE or PRIVATE."
  }
}

variable "vpc_endpoint_ids" {
  description = "Interface endpoints for execute-api that may call a private API."
  type        = list(string)
  default     = []
}

variable "api_key_source" {
  description = "Where API keys come from: HEADER (x-api-key), or AUTHORIZER."
  type        = string
  default     = "HEADER"

  validation {
    condition     = contains(["HEADER", "AUTHORIZER"], var.api_key_source)
    error_message = "The api_key_source must be HEADER or AUTHORIZER."
  }
}

variable "binary_media_types" {
  description = "Media types of bodies that are no text, such as image/png."
  type        = list(string)
  default     = []
}

variable "minimum_compression_size" {
  description = "Bytes from which on answers are compressed; null never does."
  type        = number
  default     = null
}

variable "disable_execute_api_endpoint" {
  description = "Whether the API can be reached under its own domain only."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
