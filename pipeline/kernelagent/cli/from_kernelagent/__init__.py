"""KernelAgent's commands (``python -m Fuser.…``) on this engine: their flags, their output, their exit statuses."""
