"""Pages of counselors, colleges, the school office, finance and administrators."""
