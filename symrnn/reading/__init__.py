"""From files to claims: documents, letters, definitions, and the meaning of notation."""
