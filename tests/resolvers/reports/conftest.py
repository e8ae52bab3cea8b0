"""The school of tests/support/school.py with all its reports for March."""

from tests.support.reported_school import own, read, reported

__all__ = ["own", "read", "reported"]
