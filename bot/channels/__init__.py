"""Where firms talk to us."""
