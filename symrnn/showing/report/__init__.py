"""A report -> what a person or a program reads."""
