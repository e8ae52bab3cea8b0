"""A child process that writes files, so that a worker never waits for one and can end it."""
