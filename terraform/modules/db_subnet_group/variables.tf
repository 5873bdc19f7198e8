variable "name" {
  description = "Name of the group; AWS keeps it in lower case."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9 ._-]{1,255}$", var.name))
    error_message = "The name must be 1 to 255 letters, digits, spaces, dots, underscores or hyphens."
  }
}

variable "description" {
  description = "What the group is for."
  type        = string
  default     = "Subnets for databases"
}

variable "subnet_ids" {
  description = "Ids of the subnets, in at least two availability zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "The subnet_ids must name at least two subnets, in different availability zones."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
