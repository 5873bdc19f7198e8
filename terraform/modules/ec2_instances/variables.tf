variable "name" {
  description = "Name of the instances; each one's name is this and its number."
  type        = string
}

variable "instance_count" {
  description = "Number of instances."
  type        = number
  default     = 1

  validation {
    condition     = var.instance_count >= 0 && var.instance_count <= 100
    error_message = "The instance_count must be between 0 and 100."
  }
}

variable "instance_type" {
  description = "Type of the instances."
  type        = string
  default     = "t3.micro"
}

variable "ami_id" {
  description = "Id of the image; null for the newest Amazon Linux 2023."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Ids of the subnets that the instances are spread over."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Ids of the security groups that guard the instances."
  type        = list(string)
}

variable "instance_profile_name" {
  description = "Name of the instance profile that the instances work with."
  type        = string
}

variable "user_data" {
  description = "Script that each instance runs when it starts for the first time; null for none."
  type        = string
  default     = null
}

variable "detailed_monitoring" {
  description = "Whether CloudWatch gets a value each minute instead of every five."
  type        = bool
  default     = true
}

variable "volume_size" {
  description = "Size of the disk in GiB."
  type        = number
  default     = 20
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the disks; null for a key of AWS."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
