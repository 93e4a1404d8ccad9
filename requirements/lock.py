"""Resolve pyproject.toml into run.txt, build.txt and dev.txt, for every Python and platform.

Uses uv, which is fetched into a temporary folder: nothing else in the project needs it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    "--universal --python-version=3.11 --generate-hashes --strip-extras --quiet "
    "--no-header --no-emit-index-url --no-emit-find-links --upgrade"
).split()
FILES = {
    "run": ["--extra=embedded"],
    "build": ["--group=build", "-c", "requirements/run.txt"],
    "dev": [
        *("--extra=embedded", "--group=build", "--group=dev"),
        *("-c", "requirements/run.txt", "-c", "requirements/build.txt"),
    ],
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "uv"]
        subprocess.run(pip, check=True)
        for name, wanted in FILES.items():
            source = [] if name == "build" else ["pyproject.toml"]
            out = ["--output-file", f"requirements/{name}.txt"]
            uv = [f"{folder}/bin/uv", "pip", "compile", *OPTIONS, *wanted, *source, *out]
            subprocess.run(uv, cwd=ROOT, check=True)
