"""The grid on lists of its own."""
