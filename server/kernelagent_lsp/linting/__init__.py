"""What the linter says of the open documents, as diagnostics and code actions."""
