variable "identifier" {
  description = "Identifier of the instance."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])*$", var.identifier)) && length(var.identifier) <= 60
    error_message = "The identifier must begin with a letter and hold up to 60 lower-case letters, digits and single hyphens."
  }
}

variable "engine" {
  description = "Engine, such as mysql, postgres, mariadb, sqlserver-se or oracle-se2."
  type        = string
}

variable "engine_version" {
  description = "Version of the engine."
  type        = string
}

variable "license_model" {
  description = "License of a commercial engine: license-included or bring-your-own-license; null for the engine's usual one."
  type        = string
  default     = null
}

variable "instance_class" {
  description = "Class of the instance, such as db.t3.medium."
  type        = string
}

variable "port" {
  description = "Port that it listens on."
  type        = number
}

variable "db_name" {
  description = "Name of a first database; null for none. It is the SID for Oracle, and SQL Server takes none."
  type        = string
  default     = null
}

variable "username" {
  description = "Name of the master user."
  type        = string
}

variable "password_secret_arn" {
  description = "ARN of a secret whose JSON value has the `password` of the master user; null for one that is made up and kept in a secret of its own."
  type        = string
  default     = null
}

variable "master_user_secret_kms_key_id" {
  description = "ARN of the KMS key that encrypts the secret that is made; null for the key of Secrets Manager in the account."
  type        = string
  default     = null
}

variable "security_group_ids" {
  description = "Ids of the security groups that guard it."
  type        = list(string)
}

variable "db_subnet_group_name" {
  description = "Name of the group of subnets that it lies in."
  type        = string
}

variable "parameter_group_name" {
  description = "Name of the parameter group."
  type        = string
}

variable "option_group_name" {
  description = "Name of the option group; null for the engine's default."
  type        = string
  default     = null
}

variable "character_set_name" {
  description = "Character set of an Oracle database or collation of an SQL Server; null for the engine's default."
  type        = string
  default     = null
}

variable "timezone" {
  description = "Time zone of an SQL Server; null for UTC."
  type        = string
  default     = null
}

variable "multi_az" {
  description = "Whether a standby waits in another availability zone."
  type        = bool
  default     = false
}

variable "availability_zone" {
  description = "Availability zone of an instance without a standby; null lets RDS choose."
  type        = string
  default     = null
}

variable "storage_type" {
  description = "Kind of storage: standard, gp2, gp3, io1 or io2."
  type        = string
  default     = "gp2"

  validation {
    condition     = contains(["standard", "gp2", "gp3", "io1", "io2"], var.storage_type)
    error_message = "The storage_type must be standard, gp2, gp3, io1 or io2."
  }
}

variable "allocated_storage" {
  description = "Storage in GiB."
  type        = number
  default     = 20
}

variable "max_allocated_storage" {
  description = "GiB up to which RDS may let the storage grow; null for no growth."
  type        = number
  default     = null
}

variable "iops" {
  description = "Operations a second that the storage provides; io1 needs it."
  type        = number
  default     = null
}

variable "backup_retention_period" {
  description = "Days for which automated backups are kept; 0 switches them off."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_retention_period >= 0 && var.backup_retention_period <= 35
    error_message = "The backup_retention_period must be between 0 and 35 days."
  }
}

variable "storage_encrypted" {
  description = "Whether what it stores is encrypted."
  type        = bool
  default     = true
}

variable "kms_key_id" {
  description = "ARN of the KMS key that encrypts the storage; null for the key of RDS in the account."
  type        = string
  default     = null
}

variable "backup_window" {
  description = "Daily time in UTC for automated backups, such as 03:00-04:00; null lets RDS choose."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", coalesce(var.backup_window, "00:00-01:00")))
    error_message = "The backup_window must look like 03:00-04:00."
  }
}

variable "maintenance_window" {
  description = "Weekly time in UTC for maintenance, such as sun:05:00-sun:06:00; null lets RDS choose."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^((mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9](-|$)){2}$", lower(coalesce(var.maintenance_window, "sun:00:00-sun:01:00"))))
    error_message = "The maintenance_window must look like sun:05:00-sun:06:00."
  }
}

variable "enabled_cloudwatch_logs_exports" {
  description = "Logs that go to CloudWatch Logs; which ones there are depends on the engine."
  type        = list(string)
  default     = []
}

variable "copy_tags_to_snapshot" {
  description = "Whether snapshots get the tags too."
  type        = bool
  default     = true
}

variable "iam_database_authentication_enabled" {
  description = "Whether users of the database may log in with IAM credentials."
  type        = bool
  default     = false
}

variable "ca_cert_identifier" {
  description = "Authority that signs its certificate, such as rds-ca-rsa2048-g1; null for the one of AWS."
  type        = string
  default     = null
}

variable "auto_minor_version_upgrade" {
  description = "Whether new minor versions are installed in the maintenance window."
  type        = bool
  default     = true
}

variable "allow_major_version_upgrade" {
  description = "Whether a new major engine_version may be installed."
  type        = bool
  default     = false
}

variable "apply_immediately" {
  description = "Whether changes that need a restart are made at once instead of in the maintenance window."
  type        = bool
  default     = false
}

variable "monitoring_interval" {
  description = "Seconds between two looks at the operating system (enhanced monitoring): 0 (none), 1, 5, 10, 15, 30 or 60."
  type        = number
  default     = 0

  validation {
    condition     = contains([0, 1, 5, 10, 15, 30, 60], var.monitoring_interval)
    error_message = "The monitoring_interval must be 0, 1, 5, 10, 15, 30 or 60."
  }
}

variable "monitoring_role_arn" {
  description = "ARN of the role that enhanced monitoring writes with."
  type        = string
  default     = null
}

variable "performance_insights_enabled" {
  description = "Whether Performance Insights records the load of the database."
  type        = bool
  default     = false
}

variable "performance_insights_kms_key_id" {
  description = "ARN of the KMS key that encrypts Performance Insights; null for the key of RDS in the account."
  type        = string
  default     = null
}

variable "performance_insights_retention_period" {
  description = "Days for which Performance Insights keeps its records; null for 7."
  type        = number
  default     = null
}

variable "publicly_accessible" {
  description = "Whether it gets an address on the internet."
  type        = bool
  default     = false
}

variable "deletion_protection" {
  description = "Whether it refuses to be destroyed."
  type        = bool
  default     = true
}

variable "skip_final_snapshot" {
  description = "Whether it is destroyed without a last snapshot."
  type        = bool
  default     = false
}

variable "final_snapshot_identifier" {
  description = "Name of the last snapshot; null for the identifier and `-final`."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
