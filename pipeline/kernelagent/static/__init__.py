"""What can be told of a kernel file from its syntax alone. Standard library only: every side imports it."""
