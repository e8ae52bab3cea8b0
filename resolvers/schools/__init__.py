"""What a school sets for itself: its policy and its look."""
