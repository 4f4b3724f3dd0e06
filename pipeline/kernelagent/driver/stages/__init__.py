"""The stages of a run: one file each, a function from one frozen value to the next, with JSON on disk between them."""
