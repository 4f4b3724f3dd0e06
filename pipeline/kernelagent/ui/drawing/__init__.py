"""What pages show, as HTML: every word of a run is escaped here, and nothing of it is fetched or run."""
