variable "name" {
  description = "Prefix of the names; the rest is the container's name."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of the cluster."
  type        = string
}

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "container" {
  description = "The container: its name, image, port and environment; `readonly` keeps its file system as the image has it."
  type = object({
    name        = string
    image       = string
    port        = number
    environment = optional(map(string), {})
    readonly    = optional(bool, true)
  })
}

variable "cpu" {
  description = "Shares of a CPU of each task: 1024 are one."
  type        = number
  default     = 256
}

variable "memory" {
  description = "Memory of each task in MiB; Fargate takes only some pairs of cpu and memory."
  type        = number
  default     = 512
}

variable "minimum_tasks" {
  description = "How many tasks run at least."
  type        = number
  default     = 1
}

variable "maximum_tasks" {
  description = "How many tasks run at most."
  type        = number
  default     = 4
}

variable "busy_at_percent" {
  description = "Average use of the CPU, in percent, that autoscaling aims at."
  type        = number
  default     = 60

  validation {
    condition     = var.busy_at_percent >= 10 && var.busy_at_percent <= 100
    error_message = "The busy_at_percent must be between 10 and 100."
  }
}

variable "execution_role_arn" {
  description = "ARN of the role that pulls the image and writes the logs."
  type        = string
}

variable "task_role_arn" {
  description = "ARN of the role that the container works with."
  type        = string
}

variable "log_group_name" {
  description = "Name of the log group that the container's output goes to."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of the subnets that the tasks lie in."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Ids of the security groups that guard the tasks."
  type        = list(string)
}

variable "target_group_arns" {
  description = "ARNs of target groups of a load balancer that the tasks are registered with."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
