"""Verdicts as pages, text, JSON and programs that replay them."""
