"""Set up `.venv` for the Makefile with nothing but a bare Python: `bootstrap.py run|dev|browser`.

Says what it does while it works, and what is wrong in one sentence. Quick when nothing changed.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
LISTS = {"run": ("run", "build"), "dev": ("run", "build", "dev")}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What pip prints when it gives up, and what that means. The first that fits is said.
MEANINGS = (
    (
        r"No space left on device|Disk quota exceeded",
        "The disk is full: make room, then try again.",
    ),
    (
        r"Temporary failure in name resolution|NewConnectionError|ConnectTimeout|Connection refused"
        r"|ProxyError|Network is unreachable|Read timed out|ConnectionResetError|SSLError"
        r"|from versions: none",
        "The Python package index cannot be reached: check the network, or set PIP_INDEX_URL or "
        "HTTPS_PROXY, then try again.",
    ),
    (
        r"unable to execute|command '.*(gcc|cc|clang)' failed|No such file or directory: '.*cc'"
        r"|Failed building wheel|Failed to build|Python\.h",
        "A package has no ready-made wheel for this machine and there is no compiler to make one: "
        "run `apt-get install build-essential python3-dev`, then try again.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that was locked: check the package index in use.",
    ),
    (
        r"Could not find a version|No matching distribution",
        "The package index in use lacks a locked package: use one that mirrors PyPI whole.",
    ),
)


def say(line):
    """A line of progress."""
    print(line, flush=True)


def give_up(sentence):
    """End with one sentence."""
    sys.exit(f"{sentence}")


def run(*command):
    """Run a command quietly; returns its status and all that it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def apt_install(*packages):
    """As root on Debian or Ubuntu install packages; says whether they are there now."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing {' '.join(packages)} …")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages)
    if run(*install)[0] == 0:
        return True
    return run("apt-get", "update", "-q")[0] == 0 and run(*install)[0] == 0


def make_venv():
    """Make the virtual environment if it is not whole."""
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    if sys.version_info < OLDEST:
        give_up(
            f"Python {sys.version.split()[0]} is too old: Yibao needs 3.11 or newer, such as "
            "`make PYTHON=python3.12`."
        )
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install(package) and not apt_install("python3-venv"):
            give_up(
                "Python's venv module is missing: run `sudo apt-get install python3-venv`, "
                "then try again."
            )
    say("Making .venv …")
    status, said = run(sys.executable, "-m", "venv", str(VENV))
    if status:
        shutil.rmtree(VENV, ignore_errors=True)
        give_up(explain(said, "The virtual environment could not be made:"))


def explain(said, otherwise):
    """One sentence for what a program said when it gave up."""
    for pattern, sentence in MEANINGS:
        if re.search(pattern, said):
            return sentence
    lines = [line for line in said.splitlines() if line.strip()]
    return f"{otherwise} {lines[-1] if lines else 'no word'}"


def pip(*arguments):
    """Run the environment's pip, naming each package as its turn comes."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
    said = []
    with subprocess.Popen(
        [*command, "--progress-bar", "off", "--no-input", "--no-compile"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout:
            said.append(line)
            if line.startswith("Collecting "):
                say(f"  {line.split()[1]}")
            elif line.startswith("Installing collected"):
                say("  writing them to .venv …")
    if process.returncode:
        give_up(explain("".join(said), "pip failed:"))


def install(kind):
    """Bring the environment to the locked packages, and this project into it."""
    files = [ROOT / "requirements" / f"{name}.txt" for name in LISTS[kind]]
    stamp, mark = VENV / f".{kind}", digest(*files)
    if not (stamp.exists() and stamp.read_text() == mark):
        say(f"Installing Python packages ({', '.join(file.stem for file in files)}) …")
        pip("--require-hashes", *(part for file in files for part in ("-r", str(file))))
        stamp.write_text(mark)
    stamp, mark = VENV / ".project", digest(ROOT / "pyproject.toml")
    if not (stamp.exists() and stamp.read_text() == mark and (VENV / "bin" / "yibao").exists()):
        if run(str(PYTHON), str(ROOT / "build_assets.py"), "--check")[0]:
            fetch_assets()
        say("Installing yibao itself …")
        pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        stamp.write_text(mark)
    elif run(str(PYTHON), str(ROOT / "build_assets.py"), "--check")[0]:
        fetch_assets()


def fetch_assets():
    """Front-end packages; the build hook says itself what is wrong."""
    say("Fetching the front-end packages …")
    done = subprocess.run([str(PYTHON), str(ROOT / "build_assets.py")], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def digest(*files):
    """What the files say, in short."""
    texts = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(sys.version.encode() + str(ROOT).encode() + texts).hexdigest()


def browser():
    """See to a browser for the journeys, or say how to get one."""
    found = any(shutil.which(name) for name in BROWSERS)
    fonts = run("fc-list", ":lang=zh")[1].strip() if shutil.which("fc-list") else ""
    if found and fonts:
        return
    if not apt_install("chromium", "fonts-noto-cjk", "fontconfig") and not found:
        say(
            "No browser: the browser journeys are skipped. To run them: `sudo apt-get install "
            "chromium fonts-noto-cjk` on Debian, `sudo snap install chromium` on Ubuntu."
        )


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    try:
        if wanted in LISTS:
            make_venv()
            install(wanted)
        elif wanted == "browser":
            browser()
        else:
            give_up("usage: bootstrap.py run|dev|browser")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        give_up(explain(str(error), "The set-up failed:"))
