"""Verdicts and times made on another machine, which has the GPU: this side's part, and that one's."""
