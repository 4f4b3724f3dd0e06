"""Language models behind one small interface: a request goes in, text and usage stream out, cancelling closes the
connection. One file for each API; ``asking.py`` is the way in."""
