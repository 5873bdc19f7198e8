variable "name" {
  description = "Name of the load balancer; a target group's name is this and its key."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9-]{0,24}[A-Za-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "The name must be up to 26 letters, digits or hyphens, so that target groups can have names of 32."
  }
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of the subnets to lie in, of at least two zones."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Ids of the security groups that guard the load balancer."
  type        = list(string)
}

variable "internal" {
  description = "Whether the load balancer is reached from inside the VPC only."
  type        = bool
  default     = true
}

variable "target_groups" {
  description = "Where requests go, by key of at most five characters: `target_type` is instance or ip, `target_ids` are what is registered here, `paths` are path patterns."
  type = map(object({
    target_type = string
    port        = number
    paths       = list(string)
    health_path = optional(string, "/")
    target_ids  = optional(list(string), [])
  }))

  validation {
    condition     = alltrue([for key, group in var.target_groups : length(key) <= 5 && contains(["instance", "ip"], group.target_type)])
    error_message = "The keys of target_groups have at most five characters, and their target_type is instance or ip."
  }
}

variable "certificate_arn" {
  description = "ARN of the certificate for HTTPS; null for HTTP."
  type        = string
  default     = null
}

variable "deregistration_delay" {
  description = "Seconds that a target that leaves has for its last requests."
  type        = number
  default     = 60
}

variable "deletion_protection" {
  description = "Whether AWS refuses to destroy the load balancer."
  type        = bool
  default     = true
}

variable "access_logs_bucket" {
  description = "Name of the bucket for logs of the accesses, which lets the load balancers of its region write; null for none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
