"""One operation from document to answer: its limits, its execution, what of its errors is shown."""
