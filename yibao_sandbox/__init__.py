"""A payment gateway for development and tests; never imported by yibao."""
