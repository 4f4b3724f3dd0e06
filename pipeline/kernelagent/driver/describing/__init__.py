"""Plain words → a module in PyTorch that a kernel can be compared with: made by a model, and run before it is used."""
