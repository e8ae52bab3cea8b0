"""The figures: what a metric is, the facts it is counted from, and the one way to measure it."""
