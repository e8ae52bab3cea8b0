"""Subjects: looking them up under the viewer's scope, and who is below whom."""
