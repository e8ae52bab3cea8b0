"""Live figures of any subject: the metrics, their periods, their trend."""
