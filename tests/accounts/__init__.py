"""Signing in and passwords."""
