"""The values that everything is about: terms, tensors, models, claims."""
