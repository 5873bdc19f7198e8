variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "root_resource_id" {
  description = "Id of the API's root."
  type        = string
}

variable "endpoints" {
  description = "The endpoints by keys such as `GET /orders`: path, of up to five parts, and method. Parts of a path in braces are required; `request_parameters` name others."
  type = map(object({
    path               = string
    method             = string
    api_key_required   = optional(bool)
    request_parameters = optional(map(bool), {})
  }))

  validation {
    condition     = alltrue([for endpoint in values(var.endpoints) : length(split("/", trim(endpoint.path, "/"))) <= 5])
    error_message = "The paths of endpoints must not have more than five parts."
  }

  validation {
    condition     = alltrue([for endpoint in values(var.endpoints) : can(regex("^(ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$", endpoint.method))])
    error_message = "The methods of endpoints must be ANY, GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS."
  }
}

variable "integrations" {
  description = "What each endpoint leads to, by the same keys: a `uri`, a Lambda function by name or ARN, or an action of a service such as `dynamodb:action/PutItem`. Of AWS and MOCK, `status_code` and `response_templates` say what callers get."
  type = map(object({
    type                 = string
    uri                  = optional(string)
    function             = optional(string)
    service              = optional(string)
    method               = optional(string)
    vpc_link_id          = optional(string)
    credentials_arn      = optional(string)
    request_parameters   = optional(map(string))
    request_templates    = optional(map(string))
    timeout_milliseconds = optional(number, 29000)
    status_code          = optional(string, "200")
    response_templates   = optional(map(string))
  }))

  validation {
    condition     = alltrue([for integration in values(var.integrations) : contains(["AWS", "AWS_PROXY", "HTTP_PROXY", "MOCK"], integration.type)])
    error_message = "The type of each of the integrations must be AWS, AWS_PROXY, HTTP_PROXY or MOCK."
  }

  validation {
    condition     = alltrue([for integration in values(var.integrations) : integration.timeout_milliseconds >= 50 && integration.timeout_milliseconds <= 29000])
    error_message = "The timeout_milliseconds of each of the integrations must be between 50 and 29000."
  }
}

variable "authorization" {
  description = "What callers must show: AWS_IAM a signature, COGNITO_USER_POOLS or CUSTOM what the authorizer wants, NONE nothing."
  type        = string
  default     = "NONE"

  validation {
    condition     = contains(["NONE", "AWS_IAM", "COGNITO_USER_POOLS", "CUSTOM"], var.authorization)
    error_message = "The authorization must be NONE, AWS_IAM, COGNITO_USER_POOLS or CUSTOM."
  }
}

variable "authorizer_id" {
  description = "Id of the authorizer, for COGNITO_USER_POOLS and CUSTOM."
  type        = string
  default     = null
}

variable "authorization_scopes" {
  description = "Scopes of which a token must have one, for COGNITO_USER_POOLS."
  type        = list(string)
  default     = null
}

variable "open_endpoints" {
  description = "Keys of endpoints that everybody may call, whatever the authorization of the others."
  type        = list(string)
  default     = []
}

variable "api_key_required" {
  description = "Whether callers need an API key, where an endpoint says nothing else."
  type        = bool
  default     = false
}

variable "cors" {
  description = "Which pages of other origins may call the API: one origin, or * for every one; null for none."
  type = object({
    allow_origins     = list(string)
    allow_methods     = optional(list(string), ["*"])
    allow_headers     = optional(list(string), ["Authorization", "Content-Type", "X-Api-Key"])
    expose_headers    = optional(list(string), [])
    max_age           = optional(number, 3600)
    allow_credentials = optional(bool, false)
  })
  default = null

  validation {
    condition     = try(length(var.cors.allow_origins) == 1, var.cors == null)
    error_message = "The cors settings of a REST API must allow one origin, or * for every one: its answer is fixed."
  }

  validation {
    condition     = try(!(var.cors.allow_credentials && contains(var.cors.allow_origins, "*")), true)
    error_message = "The cors settings cannot allow credentials to every origin (*)."
  }
}
