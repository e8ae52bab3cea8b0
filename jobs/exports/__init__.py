"""Making the files that were asked for."""
