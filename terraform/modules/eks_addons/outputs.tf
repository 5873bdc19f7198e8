output "addon_versions" {
  description = "Versions of the add-ons, by name."
  value       = { for name, addon in aws_eks_addon.this : name => addon.addon_version }
}
