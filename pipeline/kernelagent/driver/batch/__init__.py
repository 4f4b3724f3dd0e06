"""Many problems: which ones, one after another or several at a time, and what is known of all of them afterwards."""
