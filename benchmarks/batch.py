"""Sites per second of a batch, beside a loop that writes the same bytes.

One process; rounds alternate, so that what else the machine does meets all
alike.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECTS = os.path.join(os.path.dirname(HERE), "tests", "fake_projects")
SITES, ROUNDS = 10000, 3

# The peak memory of the command and of its child goes to stderr.  (Its own
# ru_maxrss would begin with that of the process that started it.)
RUN = """
import re, resource, sys
from modwsgideploy.cli import console
status = console.main(["batch", "-q", *sys.argv[1:]])
with open("/proc/self/status") as stream:
    own = int(re.search(r"VmHWM:\\s*(\\d+)", stream.read())[1])
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(own + child, file=sys.stderr)
sys.exit(status)
"""


def rows():
    """Each measurement: name, median, ratio, aim."""
    first, again, both, loop, memory = [], [], [], [], []
    # Nothing is deleted before the end: ext4 passes over the inodes of files
    # that were deleted just now, one by one, which takes ten times as long.
    with tempfile.TemporaryDirectory() as top:
        for number in range(ROUNDS):
            path = manifest(os.path.join(top, f"round{number}"), SITES)
            seconds, peak = batch(path, "--jobs=1")
            first.append(seconds)
            memory.append(peak)
            again.append(batch(path, "--jobs=1")[0])
            loop.append(copied(os.path.dirname(path)))
            both.append(batch(manifest(
                os.path.join(top, f"jobs{number}"), SITES))[0])
        fresh, unchanged, least, jobs = map(
            statistics.median, (first, again, loop, both))
        yield (f"batch, {SITES} new sites, one process",
               f"{SITES / fresh:.0f} /s", "", ">= 2000")
        yield ("the same, with the usual --jobs", f"{SITES / jobs:.0f} /s",
               f"{jobs / fresh:.2f}", "")
        yield ("the same bytes, written by a loop", f"{SITES / least:.0f} /s",
               f"{fresh / least:.2f}", "<= 2.50")
        yield ("batch again, all unchanged", f"{SITES / unchanged:.0f} /s",
               f"{unchanged / fresh:.2f}", "<= 0.50")
        yield ("peak memory", f"{statistics.median(memory):.0f} MB", "",
               "<= 200")


def manifest(top, count):
    """A manifest in ``top`` with ``count`` sites of several kinds."""
    os.mkdir(top)
    path = os.path.join(top, "sites.ini")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("[DEFAULT]\nplatform = debian\n"
                     "mod-wsgi-version = 4.9\nlog-directory = /var/log/sites"
                     "\n\n")
        for number in range(count):
            stream.write("\n".join(section(number)) + "\n\n")
    return path


def section(number):
    """The lines of one site."""
    project = ("turbogears2", "pylons", "pyramid", "paste")[number % 4]
    yield f"[site{number}]"
    yield f"project = {PROJECTS}/{project}"
    yield f"output-dir = deployed/site{number}"
    if number % 5:
        yield f"server-name = www.site{number}.example.com"
        yield f"server-alias = site{number}.example.com"
        yield "mount-point = /"
    if number % 5 == 1:
        yield f"certificate = /etc/ssl/site{number}.pem"
    if number % 5 == 2:
        yield "processes = 1"
        yield f"env =\n    SITE=number {number}\n    KIND={project}"
    if number % 5 == 3:
        yield "baseline ="


def batch(path, *arguments):
    """The seconds and the megabytes that a batch takes as a process."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    # As users run it: compiled once.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    os.sync()
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", RUN, path, *arguments],
                          env=environment, check=True,
                          stderr=subprocess.PIPE, encoding="utf-8")
    seconds = time.perf_counter() - start
    return seconds, int(done.stderr.split()[-1]) / 1024


def copied(top):
    """The seconds that a loop takes to write what a batch has written."""
    deployed, copy = os.path.join(top, "deployed"), os.path.join(top, "copied")
    os.mkdir(copy)
    os.sync()
    names, seconds = os.listdir(deployed), 0
    # Some at a time, or a large fleet fills the memory.
    for first in range(0, len(names), 1000):
        sites = {name: contents(os.path.join(deployed, name))
                 for name in names[first:first + 1000]}
        start = time.perf_counter()
        for name, files in sites.items():
            os.mkdir(os.path.join(copy, name))
            for file, data in files.items():
                with open(os.path.join(copy, name, file), "wb") as stream:
                    stream.write(data)
        seconds += time.perf_counter() - start
    return seconds


def contents(directory):
    """The files in ``directory``, a dict of name to bytes."""
    files = {}
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), "rb") as stream:
            files[name] = stream.read()
    return files
