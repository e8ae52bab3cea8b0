"""What is seen of a process from outside: its measures for Prometheus, what was slow in it, its traces."""
