"""What cannot run, or runs otherwise than it looks."""
