variable "health_checks" {
  description = "Health checks by name. `fqdn` or `ip_address` is what is asked; `request_interval` is seconds, 10 or 30."
  type = map(object({
    type              = optional(string, "HTTPS")
    fqdn              = optional(string)
    ip_address        = optional(string)
    port              = optional(number, 443)
    resource_path     = optional(string)
    search_string     = optional(string)
    failure_threshold = optional(number, 3)
    request_interval  = optional(number, 30)
    measure_latency   = optional(bool, false)
  }))

  validation {
    condition     = alltrue([for check in values(var.health_checks) : contains([10, 30], check.request_interval)])
    error_message = "The request_interval of each of the health_checks must be 10 or 30 seconds."
  }
}

variable "tags" {
  description = "Tags for every resource of the module that takes them."
  type        = map(string)
  default     = {}
}
