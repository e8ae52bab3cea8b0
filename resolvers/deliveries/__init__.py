"""Messages that are to be sent, and where they may go."""
