"""What is published for other programs: the query and the schema of a report as JSON."""
