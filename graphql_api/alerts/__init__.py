"""What an account is told, how it wants to hear of it, and the rules that watch for it."""
