"""Where the problems of a batch are worked at: one file for each kind of place."""
