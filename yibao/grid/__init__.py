"""One implementation of every list; knows nothing of insurance."""
