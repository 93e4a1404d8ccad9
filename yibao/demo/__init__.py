"""An invented university: for a first look, for the story, for measuring. No real person's data."""
