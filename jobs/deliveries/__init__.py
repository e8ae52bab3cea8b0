"""Sending messages out, as e-mail or as calls of webhooks."""
