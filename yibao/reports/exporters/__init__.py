"""Reports as files: each module makes one form, base.py writes it for the printer."""
