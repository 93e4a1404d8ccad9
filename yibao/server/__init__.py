"""The running system: settings, addresses, database, processes, command line."""
