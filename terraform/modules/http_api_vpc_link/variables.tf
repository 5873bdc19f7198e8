variable "name" {
  description = "Name of the link."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets that the link reaches the VPC from."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups of the link."
  type        = list(string)
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
