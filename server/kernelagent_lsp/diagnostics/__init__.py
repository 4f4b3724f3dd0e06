"""What a run found, at the lines that it is about."""
