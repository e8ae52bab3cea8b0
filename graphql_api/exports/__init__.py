"""Files made of reports: asking for them, how far they are, fetching them."""
