variable "zone_ids" {
  description = "Ids of hosted zones by keys of your own."
  type        = map(string)
}

variable "records" {
  description = "Records by keys of your own; `zone` is a key of `zone_ids`. An alias has no `ttl` and no `values`; its target is in the zone `zone_id`, or in one of `zone_ids`, or in the record's own."
  type = map(object({
    zone   = string
    name   = string
    type   = string
    ttl    = optional(number, 300)
    values = optional(list(string))
    alias = optional(object({
      name                   = string
      zone_id                = optional(string)
      zone                   = optional(string)
      evaluate_target_health = optional(bool, false)
    }))
  }))
  default = {}

  validation {
    condition     = alltrue([for record in values(var.records) : (record.alias == null) != (record.values == null)])
    error_message = "Each of the records has values or an alias, and not both."
  }
}

variable "routing" {
  description = "How records of one name are chosen from, by the record's key. Simple routing has no entry."
  type = map(object({
    set_identifier = string
    weight         = optional(number)
    latency_region = optional(string)
    failover       = optional(string)
    multivalue     = optional(bool)
    geolocation = optional(object({
      continent   = optional(string)
      country     = optional(string)
      subdivision = optional(string)
    }))
  }))
  default = {}
}

variable "health_check_ids" {
  description = "Health checks of records, by the record's key."
  type        = map(string)
  default     = {}
}
