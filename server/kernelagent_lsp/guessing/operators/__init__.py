"""What functions of ``torch`` and methods of tensors tell of their operands' shapes, and what they give."""
