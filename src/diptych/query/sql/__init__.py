"""Resolved questions as SQL. Each report's statement can be read in one place, top to bottom."""
