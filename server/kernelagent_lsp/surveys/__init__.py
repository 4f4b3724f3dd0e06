"""What modules are and could be before anything is fused: surveyed in the background, shown from what is known."""
