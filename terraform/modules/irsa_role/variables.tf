variable "name" {
  description = "Name of the role and of its policy."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.name))
    error_message = "The name must be 1 to 64 letters, digits or +=,.@_- characters: IAM allows no others in a role's name."
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the cluster's identity provider in IAM."
  type        = string
}

variable "oidc_issuer" {
  description = "URL of the cluster's identity provider, without https://."
  type        = string
}

variable "namespace" {
  description = "Namespace of the service account."
  type        = string
}

variable "service_account" {
  description = "Name of the service account."
  type        = string
}

variable "statements" {
  description = "What the pods may do: actions, the resources that they may do it to, and conditions by operator and key."
  type = list(object({
    actions    = list(string)
    resources  = optional(list(string), ["*"])
    conditions = optional(map(map(list(string))), {})
  }))

  validation {
    condition     = length(var.statements) > 0
    error_message = "The statements must be at least one."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
