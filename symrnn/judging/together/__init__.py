"""What only all statements of a document together show, after each has its own verdict."""
