"""From kernels to one plain file: wrapper, drop-in module, self-check."""
