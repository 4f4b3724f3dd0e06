"""The commands of ``kernelagent runs``, a file for each or for two of a kind; ``cli/runs.py`` has their table."""
