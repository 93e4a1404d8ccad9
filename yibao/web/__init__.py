"""Pages by audience: read input, call a verb, choose a template."""
