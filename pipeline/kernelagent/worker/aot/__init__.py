"""Ahead-of-time compilation for GPUs that are not here: does it compile, what does it use, does it fit."""
