"""Payment channels: each translates between a gateway and two frozen values."""
