"""The linter for Triton: findings from a file's syntax alone. Standard library only: every side may import it."""
