variable "event_source_arn" {
  description = "ARN of the queue or the stream."
  type        = string
}

variable "function_arn" {
  description = "ARN of the function, or of one of its aliases."
  type        = string
}

variable "enabled" {
  description = "Whether Lambda polls the source."
  type        = bool
  default     = true
}

variable "batch_size" {
  description = "Most records in one call; null for the default of AWS: 10 of a queue, 100 of a stream."
  type        = number
  default     = null

  validation {
    condition     = var.batch_size == null || try(var.batch_size >= 1 && var.batch_size <= 10000, false)
    error_message = "The batch_size must be between 1 and 10000."
  }
}

variable "maximum_batching_window_in_seconds" {
  description = "Seconds to wait for a batch to fill."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_batching_window_in_seconds == null || try(var.maximum_batching_window_in_seconds >= 0 && var.maximum_batching_window_in_seconds <= 300, false)
    error_message = "The maximum_batching_window_in_seconds must be between 0 and 300."
  }
}

variable "starting_position" {
  description = "Where to begin in a stream: LATEST or TRIM_HORIZON; null for queues."
  type        = string
  default     = null

  validation {
    condition     = var.starting_position == null || try(contains(["LATEST", "TRIM_HORIZON"], var.starting_position), false)
    error_message = "The starting_position must be LATEST or TRIM_HORIZON."
  }
}

variable "maximum_retry_attempts" {
  description = "How often a failed batch of a stream is tried again; null tries until the records expire."
  type        = number
  default     = null
}

variable "maximum_record_age_in_seconds" {
  description = "Age after which records of a stream are given up; null never gives up."
  type        = number
  default     = null
}

variable "bisect_batch_on_function_error" {
  description = "Whether a failed batch of a stream is tried again in halves."
  type        = bool
  default     = null
}

variable "parallelization_factor" {
  description = "Batches of one shard of a stream that are worked on at a time, 1 to 10."
  type        = number
  default     = null
}

variable "destination_config" {
  description = "The queue or topic that is told of records of a stream that were given up."
  type = object({
    on_failure = object({
      destination_arn = string
    })
  })
  default = null
}
