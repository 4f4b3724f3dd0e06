"""Workers that write kernels with a language model: prompt, reply, verdict, and again, several at a time."""
