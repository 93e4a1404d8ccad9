"""Chapter 3: from bill to enrolled."""
