"""Long writes of one kind, one after the other."""

from django.db import connection

PATIENCE = "120s"


def take_turn(name: str) -> None:
    """Wait until nobody else does this; the turn ends with the transaction.

    Web processes give up on a lock after seconds and on a statement after half a minute; whoever
    takes a turn has said that it may take longer.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
