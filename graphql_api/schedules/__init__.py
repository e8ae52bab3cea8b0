"""Standing requests for reports and files, and what came of each time they fell due."""
