"""Processes that stay: the web server, the worker, and the demo, which is both."""
