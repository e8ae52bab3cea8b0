"""Data in, and reports, files, answers and the schema out."""
