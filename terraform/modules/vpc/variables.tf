variable "name" {
  description = "Name of the VPC; its parts are named after it."
  type        = string
}

variable "cidr_block" {
  description = "IPv4 range of the VPC, between /16 and /28."
  type        = string

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && try(cidrsubnet(var.cidr_block, 0, 0) == var.cidr_block, false)
    error_message = "The cidr_block must be an IPv4 range whose address is the first one of the range, such as 10.0.0.0/16."
  }

  validation {
    condition     = try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 28, false)
    error_message = "The cidr_block must be between /16 and /28: AWS allows no other size."
  }
}

variable "instance_tenancy" {
  description = "Tenancy of instances started in the VPC: default or dedicated."
  type        = string
  default     = "default"

  validation {
    condition     = contains(["default", "dedicated"], var.instance_tenancy)
    error_message = "The instance_tenancy must be default or dedicated."
  }
}

variable "enable_dns_support" {
  description = "Whether the resolver of AWS answers inside the VPC."
  type        = bool
  default     = true
}

variable "enable_dns_hostnames" {
  description = "Whether instances with public addresses get DNS names. Interface endpoints with private DNS need it."
  type        = bool
  default     = true
}

variable "default_security_group_ingress_rules" {
  description = "Rules for traffic into the VPC's default security group; none closes it."
  type = list(object({
    from_port       = number
    to_port         = number
    protocol        = string
    cidr_blocks     = optional(list(string))
    security_groups = optional(list(string))
    self            = optional(bool)
    description     = optional(string)
  }))
  default = []
}

variable "default_security_group_egress_rules" {
  description = "Rules for traffic out of the VPC's default security group; none closes it."
  type = list(object({
    from_port       = number
    to_port         = number
    protocol        = string
    cidr_blocks     = optional(list(string))
    security_groups = optional(list(string))
    self            = optional(bool)
    description     = optional(string)
  }))
  default = []
}

variable "dhcp_options" {
  description = "DNS domain, DNS servers and time servers that instances learn by DHCP; null keeps those of AWS."
  type = object({
    domain_name         = optional(string)
    domain_name_servers = optional(list(string), ["AmazonProvidedDNS"])
    ntp_servers         = optional(list(string))
  })
  default = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
