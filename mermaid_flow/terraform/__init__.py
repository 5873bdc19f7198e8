"""Module calls to real Terraform."""
