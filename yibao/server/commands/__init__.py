"""One module a command of `yibao`, each with `run(argv) -> int`."""
