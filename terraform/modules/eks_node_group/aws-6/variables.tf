variable "name" {
  description = "Name of the node group in its cluster."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z][A-Za-z0-9_-]{0,62}$", var.name))
    error_message = "The name must be up to 63 letters, digits, hyphens and underscores, beginning with a letter or digit."
  }
}

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "node_role_arn" {
  description = "ARN of the nodes' role."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of the subnets that the nodes are started in."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Ids of the nodes' security groups, the one that EKS makes for the cluster among them."
  type        = list(string)
}

variable "instance_types" {
  description = "Types of instances that may be started."
  type        = list(string)
  default     = ["t3.medium"]
}

variable "ami_type" {
  description = "Kind of image, such as AL2023_x86_64_STANDARD; null for the one of EKS."
  type        = string
  default     = null
}

variable "capacity_type" {
  description = "ON_DEMAND or SPOT."
  type        = string
  default     = "ON_DEMAND"

  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.capacity_type)
    error_message = "The capacity_type must be ON_DEMAND or SPOT."
  }
}

variable "min_size" {
  description = "Least number of nodes."
  type        = number
  default     = 1
}

variable "desired_size" {
  description = "Number of nodes at the start."
  type        = number
  default     = 2
}

variable "max_size" {
  description = "Largest number of nodes."
  type        = number
  default     = 4
}

variable "max_unavailable" {
  description = "Number of nodes that an update may replace at a time."
  type        = number
  default     = 1
}

variable "disk_size" {
  description = "Size of each node's disk in GiB."
  type        = number
  default     = 50
}

variable "ebs_kms_key_id" {
  description = "ARN of the KMS key that encrypts the disks, whose policy lets auto scaling use it; null for the key of EBS in the account."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels that Kubernetes gives the nodes."
  type        = map(string)
  default     = {}
}

variable "taints" {
  description = "Taints that keep pods off the nodes; effect is NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
  type = list(object({
    key    = string
    value  = optional(string)
    effect = string
  }))
  default = []

  validation {
    condition     = alltrue([for taint in var.taints : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)])
    error_message = "The effect of all taints must be NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
