"""What a class's ``forward`` takes and its constructor wants, guessed from source texts alone."""
