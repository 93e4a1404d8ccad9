"""Tests, laid out as yibao is."""
