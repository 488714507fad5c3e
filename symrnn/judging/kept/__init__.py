"""Verdicts that were found before: of an earlier check, and of the last edit of a document."""
