"""The values that travel between rooms: frozen, JSON on disk, standard library only, importable on both sides."""
