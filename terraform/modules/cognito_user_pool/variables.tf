variable "name" {
  description = "Name of the pool; its parts are named after it."
  type        = string
}

variable "mfa" {
  description = "Whether users need a second factor: OFF, OPTIONAL or ON."
  type        = string
  default     = "OPTIONAL"

  validation {
    condition     = contains(["OFF", "OPTIONAL", "ON"], var.mfa)
    error_message = "The mfa must be OFF, OPTIONAL or ON."
  }
}

variable "scopes" {
  description = "What tokens can be good for: name to description."
  type        = map(string)
  default     = {}
}

variable "domain_prefix" {
  description = "Name under which Cognito's own pages for signing in can be reached, unique in the region; null for none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
