variable "name" {
  description = "Name of the snapshot; another name takes another snapshot and gives the old one up."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.name)) && length(var.name) <= 255
    error_message = "The name must begin with a letter and hold up to 255 lower-case letters, digits and single hyphens."
  }
}

variable "database_identifier" {
  description = "Identifier of the instance or cluster that the snapshot is taken of."
  type        = string
}

variable "cluster" {
  description = "Whether the database is an Aurora cluster instead of an instance."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
