"""What a document writes with several signs, in short or in its own way, as the letters and equations that it means."""
