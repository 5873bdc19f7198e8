variable "name" {
  description = "Name of the usage plan."
  type        = string
}

variable "key_names" {
  description = "A name for each key."
  type        = list(string)
}

variable "api_id" {
  description = "Id of the API."
  type        = string
}

variable "stage_name" {
  description = "Name of the stage."
  type        = string
}

variable "quota" {
  description = "Calls in a DAY, WEEK or MONTH with one key; `offset` are calls that the first period has less. Null for no end."
  type = object({
    limit  = number
    period = optional(string, "MONTH")
    offset = optional(number, 0)
  })
  default = null

  validation {
    condition     = try(contains(["DAY", "WEEK", "MONTH"], var.quota.period), var.quota == null)
    error_message = "The period of the quota must be DAY, WEEK or MONTH."
  }
}

variable "throttle_burst_limit" {
  description = "Calls at a time with one key."
  type        = number
  default     = 5
}

variable "throttle_rate_limit" {
  description = "Calls in a second, on average, with one key."
  type        = number
  default     = 10
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
