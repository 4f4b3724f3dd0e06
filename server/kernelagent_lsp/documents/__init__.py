"""The open documents, kept as the client's edits leave them."""
