"""Messages on their way out, and the webhooks they are sent to."""
