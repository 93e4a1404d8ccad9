"""The command `yibao`: finds the module of a command, gives it a database, runs it."""

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from yibao.server import postgres
from yibao.server.trouble import Trouble, explain, explain_os_error


class Command(NamedTuple):
    """`run(argv) -> int` of yibao/server/commands/<name>.py."""

    says: str
    wants_database: bool = True
    proves_keys: bool = True  # before anything is read or written with the wrong ones


COMMANDS = {
    "start": Command("run the whole system: database, web, jobs", wants_database=False),
    "keys": Command("make the key files", wants_database=False),
    "migrate": Command("bring tables and static files up to date", proves_keys=False),
    "check": Command("say whether this installation is fit for real data", proves_keys=False),
    "set-password": Command("give somebody a new initial password"),
    "import-roster": Command("read students and classes from a file"),
    "import-hardship": Command("read the hardship list from a file"),
    "make-demo": Command("invent a university and load it"),
    "backup": Command("write the whole database into a folder"),
    "restore": Command("read a backup into an empty database", proves_keys=False),
    "worker": Command("work on jobs (`start` includes one)"),
}


def usage() -> str:
    """All commands, a line each."""
    width = max(map(len, COMMANDS)) + 2
    lines = [f"  {name:<{width}}{command.says}" for name, command in COMMANDS.items()]
    return "\n".join(["usage: yibao COMMAND [options]", "", *lines, ""])


def say(line: str) -> None:
    """Progress, to stderr: stdout is for results."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def database() -> Iterator[None]:
    """Django on DATABASE_URL's database, or on the embedded one, started if it does not run."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao.server.settings")
    if os.environ.get("DATABASE_URL"):
        django.setup()
        yield
        return
    data = Path(os.environ.get("YIBAO_DATA") or "var").resolve()
    data.mkdir(parents=True, exist_ok=True)
    with postgres.running(data / "postgres", say=say):
        django.setup()
        yield


def prove_keys() -> None:
    """Stop with keys that did not seal this database."""
    key_proof = importlib.import_module("yibao.common.key_proof")  # wants Django
    if key_proof.is_there() and (refusal := key_proof.why_not_open()):
        raise Trouble(refusal)


def run(name: str, argv: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    module = f"yibao.server.commands.{name.replace('-', '_')}"
    if not COMMANDS[name].wants_database:
        return int(importlib.import_module(module).run(argv))
    with database():
        if COMMANDS[name].proves_keys:
            prove_keys()
        return int(importlib.import_module(module).run(argv))


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line says; what goes wrong is said in one sentence."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(usage())
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in COMMANDS:
        sys.stderr.write(f"yibao: there is no command “{name}”.\n{usage()}")
        return 2
    if os.geteuid() == 0:
        os.umask(0o022)  # PostgreSQL runs as another account and must get to its folder
    try:
        return run(name, rest)
    except (Trouble, ImproperlyConfigured) as trouble:
        say(f"yibao: {trouble}")
    except (OperationalError, psycopg.OperationalError) as error:
        said = str(error)
        say(f"yibao: {explain(said, 'The database does not answer:')}")
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        say(f"yibao: {explain_os_error(error)}")
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
