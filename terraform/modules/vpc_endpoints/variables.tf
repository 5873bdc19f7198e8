variable "name" {
  description = "Name of the endpoints; each one's name is this and its service."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "vpc_cidr_block" {
  description = "IPv4 range of the VPC: who may use the interface endpoints."
  type        = string
}

variable "region" {
  description = "Region whose services the endpoints reach."
  type        = string
}

variable "services" {
  description = "Short names of the services: s3 and dynamodb become gateway endpoints, all others interface endpoints."
  type        = list(string)

  validation {
    condition     = alltrue([for service in var.services : can(regex("^[a-z0-9][a-z0-9.-]*$", service)) && !startswith(service, "com.amazonaws")])
    error_message = "Each of the services must be a short name such as s3, ecr.api or logs."
  }
}

variable "route_table_ids" {
  description = "Ids of the route tables that lead to the gateway endpoints: one list for each tier of subnets."
  type        = list(list(string))
  default     = []
}

variable "subnet_ids" {
  description = "Ids of the subnets that get a network interface of each interface endpoint: one per availability zone."
  type        = list(string)
  default     = []
}

variable "private_dns_enabled" {
  description = "Whether the service's usual DNS name leads to the interface endpoint inside the VPC."
  type        = bool
  default     = true
}

variable "policies" {
  description = "Policy documents (JSON) by service; a service without one allows what the caller's own policies allow."
  type        = map(string)
  default     = {}
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
