"""Asking the college of tests/support/college.py."""

from tests.support.colleges import ask, ask_own, college, own_college

__all__ = ["ask", "ask_own", "college", "own_college"]
