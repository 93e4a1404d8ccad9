"""What knows nothing of insurance."""
