"""`yibao make-demo [--students N] [--files DIR] [--seed S]`: an invented university."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from yibao.common.errors import Refused
from yibao.demo import gateways
from yibao.demo.build import SEED, STUDENTS, make_demo, school_year, write_files
from yibao.demo.staff import demo_accounts
from yibao.demo.students import invent


def run(argv: Sequence[str]) -> int:
    """Invent a university and load it into an empty database."""
    parser = argparse.ArgumentParser(prog="yibao make-demo", description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS, metavar="N")
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="S", help="same seed, same people"
    )
    parser.add_argument("--files", type=Path, metavar="DIR", help="keep the lists here")
    parser.add_argument(
        "--only-files", action="store_true", help="write the lists to --files, load nothing"
    )
    options = parser.parse_args(list(argv))
    if options.students < 1:
        parser.error("--students must be at least 1")
    if options.only_files:
        if options.files is None:
            parser.error("--only-files needs --files DIR")
        year = school_year()
        write_files(invent(options.students, year, options.seed), year, options.files)
        return 0
    try:
        make_demo(options.students, seed=options.seed, folder=options.files, say=_say)
    except Refused as refused:
        _say(str(refused))
        return 1
    gateways.tell(settings.DATA / "sandbox")
    for account in demo_accounts():
        sys.stdout.write(f"{account.role}\t{account.username}\t{account.name}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
