"""The wire: framing, JSON-RPC and the two transports. Knows no fusing."""
