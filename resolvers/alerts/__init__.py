"""Alerts, the rules that lead to them, and what they say to whom."""
