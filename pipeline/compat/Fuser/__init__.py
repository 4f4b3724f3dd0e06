"""KernelAgent's commands, as its users call them: ``python -m Fuser.auto_agent`` and its kin."""
