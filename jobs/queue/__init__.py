"""The durable queue: jobs as rows, claimed by lease, hinted through Redis."""
