"""Time one implementation on this machine's GPU."""
