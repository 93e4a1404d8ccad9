"""Folders and free ports for servers that a test starts."""

import secrets
import shutil
import socket
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def temporary():
    """An empty folder that other accounts may enter, as PostgreSQL's must when root tests."""
    made = Path(tempfile.mkdtemp(prefix="yibao-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)


@pytest.fixture(scope="session")
def make_folder():
    """For fixtures that live longer than a test."""
    return temporary


@pytest.fixture(scope="session")
def used_folder(make_folder):
    """The data folder of all starts: from the second on the tables are there."""
    with make_folder() as made:
        yield made


@pytest.fixture
def folder():
    """One for a test."""
    with temporary() as made:
        yield made


def unused_port():
    """A port that nobody uses now, and no outgoing connection takes before it is listened on."""
    while True:
        port = 15_000 + secrets.randbelow(15_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@pytest.fixture
def free_port():
    """Such a port."""
    return unused_port()
