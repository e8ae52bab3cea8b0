"""Who is asking and what they may see: accounts, ties, scope, sign-in."""
