"""What the test hosts' disks begin with, made once and kept between runs.

``base()`` is a small system of this machine's own release, with systemd,
sshd, Apache and mod_wsgi; ``product()`` is a layer above it in which the
command is installed from its wheel, as users install it.  They are kept where
`tests.support.kept` keeps the samples, but with the modes of a real system.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.support import TOP, kept

PACKAGES = ("systemd-sysv,dbus,apache2,libapache2-mod-wsgi-py3,python3,"
            "python3-venv,openssh-server,sudo,curl")
# The directory of the command on a host, and the one that is on its PATH.
COMMAND = "/opt/modwsgideploy"
PUBLISHED = "/usr/local/bin/modwsgideploy"
# Where apt's sources for the distribution itself are; others are not wanted.
SOURCES = ("/etc/apt/sources.list.d/debian.sources",
           "/etc/apt/sources.list.d/ubuntu.sources", "/etc/apt/sources.list")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "*.egg-info", "_templates.py", "__pycache__", "build",
    "dist", "_build", ".*_cache")


def base():
    """The directory of a small system; about a minute when it is new."""
    return _keep("host-base", [Path(__file__)], _make_base)


def product():
    """The directory of a layer above `base` that has the command."""
    below = base()
    sources = [path for path in sorted(Path(TOP, "modwsgideploy").rglob("*"))
               if "__pycache__" not in path.parts
               and path.name != "_templates.py"]
    sources += [Path(TOP, name) for name in (
        "setup.cfg", "setup.py", "MANIFEST.in", "pyproject.toml")]
    return _keep("host-product", [Path(__file__), *sources],
                 lambda tree: _make_product(tree, below), below.name)


@contextlib.contextmanager
def entered(lower, upper):
    """The command words that run what follows in ``lower`` below ``upper``.

    What they run changes ``upper``, in a mount namespace that ends with it.
    """
    with tempfile.TemporaryDirectory(dir=upper.parent) as top:
        for name in ("work", "root"):
            os.mkdir(f"{top}/{name}")
        yield ["unshare", "--mount", "sh", "-ec",
               'mount -t overlay overlay -o "$1" "$2"; root=$2; shift 2\n'
               'mount -t proc proc "$root/proc"\n'
               'mount --bind /dev "$root/dev"\n'
               'exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root'
               ' LC_ALL=C.UTF-8 chroot "$root" "$@"', "sh",
               f"lowerdir={lower},upperdir={upper},workdir={top}/work",
               f"{top}/root"]


def _keep(name, paths, make, *words):
    """The tree that ``make`` filled, of a name with a hash of its sources."""
    digest = hashlib.sha256(repr((words, PACKAGES, _release())).encode())
    for path in paths:
        if path.is_file():
            inside = path.relative_to(TOP)
            digest.update(f"\0{inside}\0".encode() + path.read_bytes())
    unit = kept.root() / f"{name}-{digest.hexdigest()[:12]}"
    complete = unit / "complete"
    with open(kept.root() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (complete.is_file() and
                time.time() - unit.stat().st_mtime < kept.MAX_AGE):
            _remove_unused(name)
            shutil.rmtree(unit, ignore_errors=True)
            unit.mkdir(0o700)      # it has programs with the bit setuid
            tree = unit / "tree"
            tree.mkdir(0o755)
            make(tree)
            complete.touch()
        os.utime(complete)
    return unit / "tree"


def _remove_unused(name):
    """Remove what was made of other sources, after a day without use."""
    for unit in kept.root().glob(f"{name}-*"):
        stamp = unit / "complete"
        last = stamp if stamp.is_file() else unit
        if time.time() - last.stat().st_mtime > kept.DAY:
            shutil.rmtree(unit, ignore_errors=True)


def _release():
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "stable")


def _make_base(tree):
    sources = [path for path in SOURCES
               if os.path.isfile(path) and os.path.getsize(path)]
    kept.run(
        "mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}",
        "--aptopt=Acquire::Languages \"none\"",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*"
          for name in ("doc", "man", "locale")),
        _release(), tree, *sources[:1])
    # mmdebstrap sets the mode; a user of the hosts has to get in.
    tree.chmod(0o755)
    with tempfile.TemporaryDirectory(dir=tree.parent) as upper:
        with entered(tree, Path(upper)) as chrooted:
            kept.run(*chrooted, "true")     # or say now that it does not run


def _make_product(tree, below):
    with tempfile.TemporaryDirectory(dir=tree.parent) as top:
        source = Path(top, "source")
        shutil.copytree(TOP, source, ignore=LEFT_OUT)
        kept.run(sys.executable, "setup.py", "-q", "bdist_wheel", cwd=source)
        wheels = tree / "wheels"
        pip = kept.make_once(kept.make_pip) / "bin" / "python"
        kept.run(pip, "-m", "pip", "wheel", "-q", "-w", wheels,
                 *(source / "dist").glob("*.whl"))
        wheel, = wheels.glob("apache_modwsgi_deploy-*.whl")
        with entered(below, tree) as chrooted:
            kept.run(*chrooted, "python3", "-m", "venv", COMMAND)
            kept.run(*chrooted, f"{COMMAND}/bin/pip", "install", "-q",
                     "--no-index", "--find-links=/wheels",
                     f"/wheels/{wheel.name}")
            kept.run(*chrooted, "ln", "-s", f"{COMMAND}/bin/modwsgideploy",
                     PUBLISHED)
        shutil.rmtree(wheels)
