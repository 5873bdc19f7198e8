"""Tests of the live page: its server, and what a real browser makes of it."""
