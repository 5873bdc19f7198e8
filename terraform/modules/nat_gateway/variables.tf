variable "name" {
  description = "Name of the gateways; each one's name is this and its availability zone."
  type        = string
}

variable "strategy" {
  description = "How many gateways: single, or one_per_az."
  type        = string
  default     = "single"

  validation {
    condition     = contains(["single", "one_per_az"], var.strategy)
    error_message = "The strategy must be single or one_per_az."
  }
}

variable "availability_zones" {
  description = "Availability zones for gateways, each with a public subnet. `single` uses the first."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) > 0
    error_message = "The availability_zones must name at least one zone."
  }
}

variable "subnets" {
  description = "Public subnets by range: id and availability zone, as the module `subnets` gives them."
  type = map(object({
    id                = string
    availability_zone = string
  }))
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
