variable "name" {
  description = "Name of the API."
  type        = string
}

variable "description" {
  description = "What the API is for."
  type        = string
  default     = null
}

variable "disable_execute_api_endpoint" {
  description = "Whether the API can be reached under its own domain only."
  type        = bool
  default     = false
}

variable "cors" {
  description = "Which pages of other origins may call the API; null for none."
  type = object({
    allow_origins     = list(string)
    allow_methods     = optional(list(string), ["*"])
    allow_headers     = optional(list(string), [])
    expose_headers    = optional(list(string), [])
    max_age           = optional(number, 3600)
    allow_credentials = optional(bool, false)
  })
  default = null

  validation {
    condition     = try(!(var.cors.allow_credentials && contains(var.cors.allow_origins, "*")), true)
    error_message = "The cors settings cannot allow credentials to every origin (*)."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
