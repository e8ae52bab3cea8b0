"""Stored reports: asking for them, listing them, the fields that each kind has."""
