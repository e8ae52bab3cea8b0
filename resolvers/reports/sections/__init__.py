"""The sums of a report besides its metrics, a file each: which kinds have it, how it is built, read and shaped."""
