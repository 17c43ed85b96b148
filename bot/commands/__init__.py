"""One module a topic of the `portevoix` command; each function takes the settings and what was asked."""
