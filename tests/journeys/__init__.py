"""The story end to end, by the named cast, over HTTP and in a real browser."""
