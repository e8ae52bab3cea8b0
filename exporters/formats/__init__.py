"""The formats of a file, one module or package each: a document in, bytes out, and nothing else known."""
