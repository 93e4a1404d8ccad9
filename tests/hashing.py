"""How the tests keep passwords: as the system does, at a thousandth of the cost."""

from yibao.server.hashing import Argon2


class QuickArgon2(Argon2):
    """The least that Argon2 allows; a sign-in with the real cost takes 40 ms."""

    time_cost = 1
    memory_cost = 8
