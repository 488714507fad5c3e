"""One statement and one document: verdicts, repairs, conventions."""
