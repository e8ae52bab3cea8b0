"""Generating the reports that were asked for."""
