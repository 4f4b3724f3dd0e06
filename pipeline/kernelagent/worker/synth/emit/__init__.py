"""From a fusion plan to Triton source."""
