variable "name" {
  description = "Name of the cache."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "The name must be up to 40 lower-case letters, digits or hyphens, and begin with a letter."
  }
}

variable "description" {
  description = "What the cache is for."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of the subnets that the nodes lie in."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Ids of the security groups that guard the cache."
  type        = list(string)
}

variable "engine_version" {
  description = "Version of Redis. Provider 3.39 wants x.y.z, newer ones x.y."
  type        = string
  default     = null
}

variable "family" {
  description = "Family of the parameters, such as redis7: it goes with the version."
  type        = string
}

variable "parameters" {
  description = "Parameters of Redis by name."
  type        = map(string)
  default     = {}
}

variable "node_type" {
  description = "Type of the nodes."
  type        = string
  default     = "cache.t3.micro"
}

variable "node_count" {
  description = "Number of nodes: the one that is written to, and replicas in other zones that can take its place."
  type        = number
  default     = 2

  validation {
    condition     = var.node_count >= 1 && var.node_count <= 6
    error_message = "The node_count must be between 1 and 6."
  }
}

variable "port" {
  description = "Port to connect to."
  type        = number
  default     = 6379
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the data on disk; null for a key of AWS."
  type        = string
  default     = null
}

variable "snapshot_retention_days" {
  description = "Days for which daily snapshots are kept; 0 takes none."
  type        = number
  default     = 7
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
