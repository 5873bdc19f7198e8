variable "name" {
  description = "Name of the link."
  type        = string
}

variable "load_balancer_arn" {
  description = "ARN of the network load balancer in the VPC."
  type        = string
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
