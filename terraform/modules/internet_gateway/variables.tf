variable "name" {
  description = "Name of the internet gateway."
  type        = string
}

variable "vpc_id" {
  description = "Id of the VPC to attach the gateway to; null leaves it detached."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
