"""How the rules say no."""


class Refused(Exception):
    """The rules say no. The message is a Chinese sentence for the person who asked."""


def refuse_if(reason: str) -> None:
    """Raise `Refused` when a rule gave a reason; "" means yes."""
    if reason:
        raise Refused(reason)
