"""Requests per second: an application server behind Apache, and others.

The same application and numbers of processes and threads for all.  Rounds
alternate and are short, and a ratio is the median of those of each round.
Memory is what the processes of one site take alone (PSS).
"""

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

import served

from modwsgideploy.backends import http
from modwsgideploy.commands import inputs, private_sites
from modwsgideploy.server.private import Server
from modwsgideploy.sites.options import Setting
from tests.support import http_samples, samples

ROUNDS = 15
SERVERS = ("granian", "gunicorn", "waitress")

NGINX = """\
daemon off;
user www-data;
worker_processes 2;
pid {top}/nginx.pid;
error_log {top}/nginx.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            include /etc/nginx/uwsgi_params;
            uwsgi_pass unix:{top}/uwsgi.sock;
        }}
    }}
}}
"""


def rows():
    """Each measurement: name, median, ratio, aim."""
    modules = str(samples.mod_wsgi_6())
    with tempfile.TemporaryDirectory() as top, contextlib.ExitStack() as stack:
        os.chmod(top, 0o755)
        project = served.prepare(top)
        urls, sizes = {}, {}
        for server in SERVERS:
            name = f"mod_proxy_http and {server}"
            urls[name], sizes[name] = stack.enter_context(
                proxied(project, server))
        urls["mod_wsgi, daemon mode"], sizes["mod_wsgi, daemon mode"] = (
            stack.enter_context(daemon(project, modules)))
        urls["mod_wsgi-express"] = stack.enter_context(
            served.express(top, project, modules))
        urls["granian alone"] = stack.enter_context(alone(top, project))
        if shutil.which("nginx") and shutil.which("uwsgi"):
            urls["nginx and uWSGI"] = stack.enter_context(nginx(top, project))
        served.compare(urls)
        rates = {name: [] for name in urls}
        for number in range(ROUNDS + 1):
            for name, url in urls.items():
                rate = served.load(url + "/")
                if number:
                    rates[name].append(rate)
        memory = {name: size() for name, size in sizes.items()}
    ours = rates[f"mod_proxy_http and {SERVERS[0]}"]
    aims = {"mod_wsgi, daemon mode": ">= 1.35", "mod_wsgi-express": ">= 1.50"}
    for name in urls:
        ratios = [one / other for one, other
                  in zip(ours, rates[name])]  # noqa: B905 (of a round)
        yield (f"requests, {name}", f"{statistics.median(rates[name]):.0f} /s",
               f"{statistics.median(ratios):.2f}", aims.get(name, ""))
    for name, size in memory.items():
        yield (f"memory of a site, {name}", f"{size:.0f} MB", "", "")


def settings(**more):
    """The choices of the site."""
    return {name.replace("_", "-"): Setting(value, "benchmark")
            for name, value in {"config": "hello.ini", "in_place": "yes",
                                "processes": "2", "threads": "15",
                                **more}.items()}


@contextlib.contextmanager
def proxied(project, server):
    """Serve the deployment with an application server; (URL, memory())."""
    virtualenv = str(http_samples.wire().virtualenv)
    choices = settings(backend="http", app_server=server,
                       virtualenv=virtualenv)
    read_project, _, platform = inputs.read(project, choices)
    with Server(wsgi=False, modules=http.MODULES) as private:
        site = private_sites.private_site(read_project, choices, platform,
                                          private)
        private.start([private_sites.served(site)])
        process = private.programs[0].process
        yield private.url, lambda: megabytes([process.pid, *children(
            process.pid)])


@contextlib.contextmanager
def daemon(project, modules):
    """Serve the deployment on mod_wsgi; (URL, memory())."""
    choices = settings(virtualenv=str(samples.bare().virtualenv))
    read_project, _, platform = inputs.read(project, choices)
    with Server(virtualenv=modules) as private:
        site = private_sites.private_site(read_project, choices, platform,
                                          private)
        private.start([private_sites.served(site)])
        yield private.url, lambda: megabytes([
            number for number in children(private.process.pid)
            if b"(wsgi:" in read(f"/proc/{number}/cmdline")])


@contextlib.contextmanager
def alone(top, project):
    """Serve the same by granian without Apache; its URL."""
    port = free_port()
    virtualenv = http_samples.wire().virtualenv
    script = os.path.join(project, "alone.py")
    shutil.copyfile(os.path.join(project, "bare.wsgi"), script)
    with running([virtualenv / "bin" / "granian", "--interface", "wsgi",
                  "--workers", "2", "--blocking-threads", "15", "--no-log",
                  "--port", port, "--working-dir", project,
                  "alone:application"], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def nginx(top, project):
    """Serve the same by nginx and uWSGI; its URL."""
    port = free_port()
    path = os.path.join(top, "nginx.conf")
    with open(path, "w") as stream:
        stream.write(NGINX.format(top=top, port=port))
    with running(["uwsgi", "--plugin", "python3", "--master", "--processes",
                  "2", "--threads", "15", "--socket", f"{top}/uwsgi.sock",
                  "--chmod-socket=666", "--die-on-term", "--chdir", project,
                  "--wsgi-file", f"{project}/bare.wsgi",
                  "--disable-logging"]), running(
                      ["nginx", "-c", path], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def running(command, port=0):
    """Run a command until the end, when it listens at ``port``."""
    process = subprocess.Popen(
        [*map(str, command)], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            with contextlib.suppress(OSError):
                if port:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(20)


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def read(path):
    """The bytes of a file; none where it has gone."""
    with contextlib.suppress(OSError), open(path, "rb") as stream:
        return stream.read()
    return b""


def children(parent):
    """The process ids of all that ``parent`` has started, and they."""
    found = [int(number) for number in os.listdir("/proc")
             if number.isdigit() and read(f"/proc/{number}/stat").rpartition(
                 b") ")[2].split()[1:2] == [str(parent).encode()]]
    return found + [each for child in found for each in children(child)]


def megabytes(numbers):
    """What these processes take together."""
    return sum(int(line.split()[1]) for number in numbers
               for line in read(f"/proc/{number}/smaps_rollup").splitlines()
               if line.startswith(b"Pss:")) / 1024
