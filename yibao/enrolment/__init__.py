"""Chapter 2: from blank form to approved."""
