variable "domain_name" {
  description = "Name of the host that the certificate is for."
  type        = string
}

variable "alternative_names" {
  description = "Further names, which may be wildcards such as *.example.com."
  type        = list(string)
  default     = []
}

variable "zone_id" {
  description = "Id of the public hosted zone that all of the names lie in."
  type        = string
}

variable "tags" {
  description = "Tags for every resource of the module."
  type        = map(string)
  default     = {}
}
