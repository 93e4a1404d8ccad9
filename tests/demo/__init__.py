"""The invented university."""
