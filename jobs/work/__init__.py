"""What one process works with, and how it takes one job after the other."""
