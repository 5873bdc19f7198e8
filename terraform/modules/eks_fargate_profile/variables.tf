variable "name" {
  description = "Name of the profile in its cluster."
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

variable "pod_execution_role_arn" {
  description = "ARN of the role that starts the pods."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of the private subnets that the pods are started in."
  type        = list(string)
}

variable "selectors" {
  description = "Namespaces whose pods run on Fargate, and labels that they must have."
  type = list(object({
    namespace = string
    labels    = optional(map(string), {})
  }))

  validation {
    condition     = length(var.selectors) >= 1 && length(var.selectors) <= 5
    error_message = "The selectors must be one to five."
  }
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
