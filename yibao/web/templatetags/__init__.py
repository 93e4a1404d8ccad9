"""What templates of pages ask."""
