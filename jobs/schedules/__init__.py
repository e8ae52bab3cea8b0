"""The clock: which schedules are due, and what each slot has to do."""
