variable "name" {
  description = "Name of the dashboard."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "The name must be 1 to 255 letters, digits, - or _."
  }
}

variable "rest" {
  description = "Whether it is a REST API, whose metrics go by its name; those of an HTTP API go by its id."
  type        = bool
}

variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "api_name" {
  description = "Name of the API."
  type        = string
}

variable "stage_name" {
  description = "Name of the stage."
  type        = string
}
