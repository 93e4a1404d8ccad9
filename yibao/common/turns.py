"""Writes of one kind, one after the other; a turn ends with the transaction."""

from django.db import connection

PATIENCE = "120s"


def one_at_a_time(name: str) -> None:
    """Wait until nobody else does this; what is done here takes no longer than any other lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def take_turn(name: str) -> None:
    """The same for long writes.

    Web processes give up on a lock after seconds and on a statement after half a minute; whoever
    takes a turn has said that it may take longer.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
    one_at_a_time(name)
