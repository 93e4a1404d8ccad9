"""What every chapter uses; knows nothing of insurance."""
