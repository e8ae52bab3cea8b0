"""Subjects: looking them up, walking them, comparing and ranking them; who is asking."""
