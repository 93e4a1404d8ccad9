"""Chapter 5: counting, and handing rates up."""
