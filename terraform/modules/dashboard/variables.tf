variable "name" {
  description = "Name of the dashboard."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.name))
    error_message = "The name must be 1 to 255 letters, digits, - or _."
  }
}

variable "region" {
  description = "Region whose metrics are shown."
  type        = string
}

variable "graphs" {
  description = "Graphs by key, in whose order they stand: a title and the metrics of one namespace."
  type = map(object({
    title     = string
    namespace = string
    statistic = optional(string, "Average")
    metrics = list(object({
      name       = string
      dimensions = map(string)
    }))
  }))
}
