"""``python -m kernelagent.cli``."""

from kernelagent.cli.main import main

main()
