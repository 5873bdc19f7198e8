variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "integrations" {
  description = "What each route leads to, by route key: a method and a path such as `GET /orders`, or `$default`. `function` is the name or ARN of a Lambda function, instead of `uri`."
  type = map(object({
    type                   = string
    uri                    = optional(string)
    function               = optional(string)
    method                 = optional(string)
    subtype                = optional(string)
    payload_format_version = optional(string, "1.0")
    vpc_link_id            = optional(string)
    credentials_arn        = optional(string)
    request_parameters     = optional(map(string))
    timeout_milliseconds   = optional(number, 30000)
  }))

  validation {
    condition     = alltrue([for key in keys(var.integrations) : key == "$default" || can(regex("^(ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /", key))])
    error_message = "The keys of integrations must be a method and a path such as GET /orders, or $default."
  }

  validation {
    condition     = alltrue([for integration in values(var.integrations) : contains(["AWS_PROXY", "HTTP_PROXY"], integration.type)])
    error_message = "The type of each of the integrations must be AWS_PROXY or HTTP_PROXY: HTTP APIs have no others."
  }

  validation {
    condition     = alltrue([for integration in values(var.integrations) : integration.timeout_milliseconds >= 50 && integration.timeout_milliseconds <= 30000])
    error_message = "The timeout_milliseconds of each of the integrations must be between 50 and 30000."
  }
}

variable "authorization" {
  description = "What callers must show: AWS_IAM a signature, JWT or CUSTOM what the authorizer wants, NONE nothing."
  type        = string
  default     = "NONE"

  validation {
    condition     = contains(["NONE", "AWS_IAM", "JWT", "CUSTOM"], var.authorization)
    error_message = "The authorization must be NONE, AWS_IAM, JWT or CUSTOM."
  }
}

variable "authorizer_id" {
  description = "Id of the authorizer, for JWT and CUSTOM."
  type        = string
  default     = null
}

variable "authorization_scopes" {
  description = "Scopes of which a token must have one, for JWT."
  type        = list(string)
  default     = null
}

variable "open_endpoints" {
  description = "Route keys that everybody may call, whatever the authorization of the others."
  type        = list(string)
  default     = []
}
