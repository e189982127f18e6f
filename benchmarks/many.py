"""Many sites on one private Apache, each of which answers its own name.

A thousand virtual hosts share twenty daemon processes; two hundred have a
process each.  The sites are those of a manifest, written as ``serve`` does.
"""

import contextlib
import os
import re
import signal
import tempfile
import time

from modwsgideploy.apache import control
from modwsgideploy.apache.probe import probe
from modwsgideploy.commands import private_sites, serve_manifest
from modwsgideploy.commands.invocation import Invocation
from modwsgideploy.server.private import Server
from modwsgideploy.sites.fleet import read_fleet
from tests.support import samples

SHARED, DAEMONS = 1000, 20
OWN = 200

APPLICATION = '''
import os


def main(global_conf, name):
    body = f"{name} {os.getpid()}".encode()
    headers = [("Content-Type", "text/plain"),
               ("Content-Length", str(len(body)))]

    def application(environ, start_response):
        start_response("200 OK", headers)
        return [body]

    return application
'''


def rows():
    """Each measurement: name, figure, for each site, aim."""
    yield from measured(
        f"{SHARED} hosts, {DAEMONS} daemons", SHARED,
        lambda number: f"daemon = pool{number % DAEMONS}\n")
    yield from measured(f"{OWN} sites, a process each", OWN,
                        lambda number: "")


def measured(title, count, more):
    """The rows of ``count`` sites with ``more(number)`` in the manifest."""
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        start = time.perf_counter()
        with started(manifest(top, count, more)) as (server, conf):
            written = time.perf_counter() - start
            yield row(title, "read and written", written, count)
            start = time.perf_counter()
            accepted, said = control.config_test(server.httpd, conf)
            assert accepted, said
            yield row(title, "config test", time.perf_counter() - start,
                      count)
            start = time.perf_counter()
            server.launch(server.sites)
            assert all(answer.status == 200
                       for _, answer in server.answers(16))
            yield row(title, "start until all answer",
                      time.perf_counter() - start, count)
            processes = asked(server)
            yield memory(title, server, count)
            yield (f"{title}: open files", f"{open_files(server)}",
                   f"{open_files(server) / count:.2f}", "")
            start = time.perf_counter()
            os.kill(httpd_pid(server), signal.SIGUSR1)
            reloaded(server, processes)
            yield row(title, "graceful reload until all are new",
                      time.perf_counter() - start, count)


def row(title, what, seconds, count):
    """A row of seconds, and of milliseconds for each site."""
    return (f"{title}: {what}", f"{seconds:.2f} s",
            f"{seconds / count * 1000:.1f}", "ms each")


def manifest(top, count, more):
    """A manifest in ``top`` of sites with a project and an ini each."""
    with open(os.path.join(top, "named.py"), "w") as stream:
        stream.write(APPLICATION)
    lines = [f"[DEFAULT]\nproject = .\nprocesses = 1\nthreads = 3\n"
             f"virtualenv = {samples.bare().virtualenv}\n"]
    for number in range(count):
        name = f"site{number}"
        with open(os.path.join(top, f"{name}.ini"), "w") as stream:
            stream.write("[app:main]\npaste.app_factory = named:main\n"
                         f"name = {name}\n")
        lines.append(f"[{name}]\nconfig = {name}.ini\nmount-point = /\n"
                     f"server-name = {name}.example.com\n"
                     f"output-dir = deployed/{name}\n{more(number)}")
    path = os.path.join(top, "sites.ini")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines))
    return path


@contextlib.contextmanager
def started(path):
    """A Server with all sites of a manifest written, and its httpd.conf."""
    fleet = read_fleet(path)
    with Server(virtualenv=str(samples.bare().virtualenv), prefer="system",
                timeout=300) as server:
        ready, left_out = serve_manifest.choose_sites(fleet, Invocation())
        assert not left_out, left_out
        yield server, server.configure(
            [private_sites.served(site)
             for site in serve_manifest.written(server, ready)])


def ask(server, site):
    """The name and the process that a site tells, both "" without any."""
    answer = probe("/", server.port, site.server_name)
    return answer.body.decode().split() if answer.status == 200 else ("", "")


def asked(server):
    """The process of each site, all of which have to tell their own name."""
    processes = []
    for site in server.sites:
        name, process = ask(server, site)
        assert site.server_name == f"{name}.example.com", name
        processes.append(process)
    return processes


def reloaded(server, before):
    """Return when every site is answered by a process of its own anew."""
    left = [*zip(server.sites, before)]  # noqa: B905 (of each)
    end = time.monotonic() + 300
    while left:
        assert time.monotonic() < end, f"{len(left)} sites are old"
        site, process = left[-1]
        name, found = ask(server, site)
        if found not in ("", process):
            assert site.server_name == f"{name}.example.com", name
            left.pop()
        else:
            time.sleep(0.01)


def httpd_pid(server):
    """The process id of the Apache itself."""
    with open(f"{server.directory}/httpd.pid") as stream:
        return int(stream.read())


def memory(title, server, count):
    """The row of what all processes take, what they share counted once."""
    group, total, number = os.getpgid(httpd_pid(server)), 0, 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.getpgid(int(pid)) == group:
                with open(f"/proc/{pid}/smaps_rollup") as stream:
                    total += int(re.search(r"(?m)^Pss: +(\d+)",
                                           stream.read())[1])
                number += 1
    return (f"{title}: memory of {number} processes",
            f"{total / 1024:.0f} MB", f"{total / 1024 / count:.2f}",
            "MB each")


def open_files(server):
    """How many files and sockets Apache itself has open."""
    return len(os.listdir(f"/proc/{httpd_pid(server)}/fd"))
