"""Watching what rules watch, and telling those who are to know."""
