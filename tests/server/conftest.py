"""Folders and free ports for servers that a test starts."""

import shutil
import socket
import tempfile
from contextlib import contextmanager
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


@pytest.fixture
def free_port():
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
