"""The running system: database, processes, settings, command line."""
