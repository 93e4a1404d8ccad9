"""Everything is killed while students pay, and in the end every fen is where it belongs."""
