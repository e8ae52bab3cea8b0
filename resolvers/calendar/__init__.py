"""Days: periods, recurrences, the days of a school."""
