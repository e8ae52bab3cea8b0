"""What a stored report says in a file: its document, with tables, charts, words and the school's style."""
