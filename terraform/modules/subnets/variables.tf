variable "name" {
  description = "Name of the tier; a subnet's name is this and its availability zone."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "cidr_blocks" {
  description = "IPv4 ranges of the subnets, inside the VPC's range and without overlap."
  type        = list(string)

  validation {
    condition     = length(var.cidr_blocks) > 0
    error_message = "The cidr_blocks must name at least one range."
  }

  validation {
    condition     = alltrue([for cidr in var.cidr_blocks : can(cidrnetmask(cidr)) && try(cidrsubnet(cidr, 0, 0) == cidr, false)])
    error_message = "Each of the cidr_blocks must be an IPv4 range whose address is the first one of the range, such as 10.0.1.0/24."
  }

  validation {
    condition     = length(distinct(var.cidr_blocks)) == length(var.cidr_blocks)
    error_message = "The cidr_blocks must be different from each other."
  }
}

variable "availability_zones" {
  description = "Names of the availability zones to spread the subnets over."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) > 0
    error_message = "The availability_zones must name at least one zone."
  }
}

variable "map_public_ip_on_launch" {
  description = "Whether instances started in the subnets get a public address."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
