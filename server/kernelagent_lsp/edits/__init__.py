"""Kernels as workspace edits: one edit, one undo step, and none that does not fit any more."""
