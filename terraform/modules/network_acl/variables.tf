variable "name" {
  description = "Name of the network ACL."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of the subnets that it guards."
  type        = list(string)
}

variable "allowed_cidr_blocks" {
  description = "IPv4 ranges that the subnets may talk with."
  type        = list(string)

  validation {
    condition     = alltrue([for cidr in var.allowed_cidr_blocks : can(cidrnetmask(cidr))])
    error_message = "Each of the allowed_cidr_blocks must be an IPv4 range."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
