"""Tests of chapter reports."""
