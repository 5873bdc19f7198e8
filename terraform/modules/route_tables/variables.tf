variable "name" {
  description = "Name of the tables; with one per zone, each one's name is this and its availability zone."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "subnets" {
  description = "Subnets to associate, by range: id and availability zone, as the module `subnets` gives them."
  type = map(object({
    id                = string
    availability_zone = string
  }))
}

variable "one_per_az" {
  description = "Whether each availability zone gets a table of its own."
  type        = bool
  default     = false
}

variable "default_route" {
  description = "Where 0.0.0.0/0 goes: internet_gateway, nat_gateway or none."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["internet_gateway", "nat_gateway", "none"], var.default_route)
    error_message = "The default_route must be internet_gateway, nat_gateway or none."
  }
}

variable "internet_gateway_id" {
  description = "Id of the internet gateway for the default route."
  type        = string
  default     = null
}

variable "nat_gateway_ids_by_zone" {
  description = "NAT gateways for the default route, by availability zone."
  type        = map(string)
  default     = {}
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
