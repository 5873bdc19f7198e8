variable "domain_name" {
  description = "The name."
  type        = string
}

variable "certificate_arn" {
  description = "ARN of its certificate, in the API's region."
  type        = string
}

variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "stage_name" {
  description = "Name of the stage."
  type        = string
}

variable "base_path" {
  description = "The path below the name that leads to the stage; null for all of them."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
