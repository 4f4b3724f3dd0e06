"""Options of a launch, or of a tuner's configuration, by which something else runs than the kernel that was judged."""

REPLACING = {
    "ir_override": "has Triton compile another text in the kernel's place",
    "extern_libs": "links other code into the kernel",
    "ptx_options": "changes how ptxas compiles the kernel",
}
"""Of Triton 3.5 and newer → what each does."""
