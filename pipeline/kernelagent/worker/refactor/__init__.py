"""A module as pieces: cut by operators, chained again, and linked into one file."""
