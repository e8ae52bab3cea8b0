"""Stored reports: generating, looking up, reading them under the reader's rights."""
