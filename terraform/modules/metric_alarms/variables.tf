variable "name" {
  description = "Prefix of the alarms' names; the rest is their key."
  type        = string
}

variable "alarms" {
  description = "Alarms by key. `period` is in seconds; `treat_missing_data` is notBreaching, breaching, ignore or missing."
  type = map(object({
    description         = string
    namespace           = string
    metric_name         = string
    dimensions          = map(string)
    threshold           = number
    statistic           = optional(string, "Average")
    comparison_operator = optional(string, "GreaterThanThreshold")
    period              = optional(number, 300)
    evaluation_periods  = optional(number, 3)
    treat_missing_data  = optional(string, "notBreaching")
  }))
}

variable "topic_arns" {
  description = "ARNs of the SNS topics to tell."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
