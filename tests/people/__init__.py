"""The roster: who exists, and who may see whom."""
