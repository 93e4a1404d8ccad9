"""Chapter 0: who exists, and who may see whom."""
