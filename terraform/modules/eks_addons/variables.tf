variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "addons" {
  description = "Add-ons by name: the version, null for the one of EKS, and the role of the service account, null for the nodes'."
  type = map(object({
    version                  = optional(string)
    service_account_role_arn = optional(string)
  }))
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
