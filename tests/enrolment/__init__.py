"""Tests of chapter enrolment."""
