"""What is not in the language, or is and means something else."""
