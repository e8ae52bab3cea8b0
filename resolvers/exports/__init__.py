"""Files that were asked for, and which reports they hold."""
