"""Pages of students, phone first."""
