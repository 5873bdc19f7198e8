variable "name" {
  description = "Prefix of the groups' names; the rest is their key."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "groups" {
  description = "Groups by key. The `peers` of a rule are IPv4 ranges, keys of this map or ids of other groups; protocol -1 with ports 0 means all traffic."
  type = map(object({
    description = string
    ingress = optional(list(object({
      description = string
      protocol    = optional(string, "tcp")
      from_port   = number
      to_port     = number
      peers       = list(string)
    })), [])
    egress = optional(list(object({
      description = string
      protocol    = optional(string, "tcp")
      from_port   = number
      to_port     = number
      peers       = list(string)
    })), [])
  }))
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
