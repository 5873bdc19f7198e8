"""What `mflow validate` reports: one rule, one file, one class."""
