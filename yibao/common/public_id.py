"""Identifiers that may leave the system: time-ordered, not guessable, without meaning."""

import uuid

import uuid6


def new() -> uuid.UUID:
    """A UUID version 7 (RFC 9562)."""
    return uuid.UUID(int=uuid6.uuid7().int)
