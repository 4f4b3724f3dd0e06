"""A session of ``TritonKernelAgent``: from words or source to a kernel that also passes the caller's test."""
