"""One claim: proven, refuted or open, by exact algebra and certified numbers."""
