"""The frame and the pages."""
