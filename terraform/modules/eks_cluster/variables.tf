variable "name" {
  description = "Name of the cluster."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$", var.name))
    error_message = "The name must be up to 100 letters, digits, hyphens and underscores, beginning with a letter or digit."
  }
}

variable "kubernetes_version" {
  description = "Version of Kubernetes, such as 1.33; null for the one of EKS."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^1\\.[0-9]+$", coalesce(var.kubernetes_version, "1.0")))
    error_message = "The kubernetes_version must look like 1.33."
  }
}

variable "role_arn" {
  description = "ARN of the control plane's role."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of the subnets in which the control plane meets the nodes, in at least two availability zones."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "The subnet_ids must name at least two subnets, in different availability zones."
  }
}

variable "security_group_ids" {
  description = "Ids of further security groups of the control plane's network interfaces."
  type        = list(string)
  default     = []
}

variable "endpoint_private_access" {
  description = "Whether the API can be reached from inside the VPC."
  type        = bool
  default     = true
}

variable "endpoint_public_access" {
  description = "Whether the API can be reached from the internet."
  type        = bool
  default     = false
}

variable "public_access_cidrs" {
  description = "IPv4 ranges on the internet that may reach the API, when it can be reached from there."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.public_access_cidrs) > 0 && alltrue([for range in var.public_access_cidrs : can(cidrnetmask(range))])
    error_message = "The public_access_cidrs must be IPv4 ranges, and at least one: AWS takes none for everyone."
  }
}

variable "service_ipv4_cidr" {
  description = "IPv4 range of the services inside the cluster; null for the one of EKS."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts the secrets in the cluster."
  type        = string
}

variable "log_kms_key_arn" {
  description = "ARN of the KMS key that encrypts the logs, whose policy lets CloudWatch Logs use it; null for a key of AWS."
  type        = string
  default     = null
}

variable "enabled_cluster_log_types" {
  description = "Logs of the control plane that are kept: api, audit, authenticator, controllerManager, scheduler."
  type        = list(string)
  default     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  validation {
    condition     = alltrue([for kind in var.enabled_cluster_log_types : contains(["api", "audit", "authenticator", "controllerManager", "scheduler"], kind)])
    error_message = "The enabled_cluster_log_types must be among api, audit, authenticator, controllerManager and scheduler."
  }
}

variable "log_retention_in_days" {
  description = "Days for which the logs are kept; 0 keeps them for ever."
  type        = number
  default     = 365
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
