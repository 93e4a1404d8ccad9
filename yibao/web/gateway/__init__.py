"""Doors for payment gateways: no sign-in, no CSRF, signed notices only."""
