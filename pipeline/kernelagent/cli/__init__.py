"""The command line: one file per command, and the pieces that they share."""
