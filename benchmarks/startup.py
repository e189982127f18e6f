"""Whole processes: what a deploy takes beside ``paster help``."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.join(os.path.dirname(HERE), "tests", "fake_projects",
                       "paste")
BIN = os.path.dirname(sys.executable)
ROUNDS = 30


def rows():
    """Each measurement: name, median, ratio to ``paster help``, aim."""
    with tempfile.TemporaryDirectory() as top:
        project = os.path.join(top, "myapp")
        shutil.copytree(PROJECT, project)
        commands = {
            "paster help": (["paster", "help"], top, ""),
            "paster modwsgi_deploy": (
                ["paster", "modwsgi_deploy", "-q"], project, "<= 1.15"),
            "modwsgideploy deploy": (
                ["modwsgideploy", "deploy", "-q"], project, "<= 0.55"),
        }
        times = {name: [] for name in commands}
        for number in range(ROUNDS + 2):
            for name, (command, directory, _) in commands.items():
                shutil.rmtree(project + "/apache", ignore_errors=True)
                seconds = timed(command, directory)
                if number >= 2:
                    times[name].append(seconds)
        for name, (_, _, aim) in commands.items():
            median = statistics.median(times[name])
            # Round by round: the machine may have other work in between.
            ratio = statistics.median(
                mine / base for mine, base in zip(  # noqa: B905 (of each)
                    times[name], times["paster help"]))
            yield name, f"{median * 1000:.1f} ms", f"{ratio:.2f}", aim


def timed(command, directory):
    """The seconds that ``command`` takes as a process of its own."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    # As users run it: compiled once.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run([os.path.join(BIN, command[0]), *command[1:]],
                   cwd=directory, env=environment, check=True,
                   stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
