"""Tests of chapter payments."""
