"""What a school sets for itself: its rules of counting and the look of its files."""
