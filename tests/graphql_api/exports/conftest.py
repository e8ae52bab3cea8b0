"""Rollcall on schools with and without reports."""

from tests.support.houses import archive, college, house

__all__ = ["archive", "college", "house"]
