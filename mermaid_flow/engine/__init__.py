"""Scheduler, executor and journal."""
