"""Tests of chapter plans."""
