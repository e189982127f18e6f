"""Requests per second: the generated site, the barest, and what others make.

The same application, number of processes and of threads; of Apache the same
mod_wsgi for the generated site, with all that it has by default in a
VirtualHost, for the barest configuration (with an access log, as the others
have) and for mod_wsgi-express, which is measured as it is by default, too.
Where nginx is not installed, gunicorn and uWSGI behind it are left out.
Rounds alternate and are short, and a ratio is the median of those of each
round, so that what else the machine does meets all alike.

Memory is what the processes have (PSS) after some load, where both load the
same application by PasteDeploy, from the same virtualenv.
"""

import contextlib
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request

import gateways

from modwsgideploy.apache.processes import children_of, process_of
from modwsgideploy.commands import inputs, private_sites
from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from modwsgideploy.sites.options import Setting
from tests.support import samples

ROUNDS, SECONDS, CONNECTIONS = 25, 1, 32
STARTS = 7

INI = "[app:main]\npaste.app_factory = hello:main\n"
APPLICATION = '''
def main(global_conf):
    body = b"Hello, World!"
    headers = [("Content-Type", "text/plain"),
               ("Content-Length", str(len(body)))]

    def application(environ, start_response):
        start_response("200 OK", headers)
        return [body]

    return application
'''
FASTER = "the site without the daemon's first message"
EXPRESS = "mod_wsgi-express"
SCRIPT = APPLICATION + "\napplication = main({})\n"
BARE = """
CustomLog {directory}/access.log combined
WSGIDaemonProcess bare processes=2 threads=15{options}
WSGIScriptAlias /hello {script} \\
    process-group=bare application-group=%{{GLOBAL}}
Alias /hello/static {directory}/static
<Directory {directory}>
    Require all granted
</Directory>
"""
# The same as the generated script loads.
LOADED = """
import sys
sys.path.insert(0, {project!r})
from paste.deploy import loadapp
application = loadapp({config!r})
"""
# What a system's Apache has loaded, and so has the one of the generated site.
LOADED_MODULES = (
    "auth_basic", "authn_core", "authn_file", "authz_groupfile", "authz_user",
    "brotli", "deflate", "env", "filter", "headers", "reqtimeout", "rewrite",
    "setenvif")
STYLE = "p { color: blue }\n" * 500


def rows():
    """Each measurement: name, median, ratio, aim."""
    modules = str(samples.mod_wsgi_6())
    with tempfile.TemporaryDirectory() as top, contextlib.ExitStack() as stack:
        os.chmod(top, 0o755)
        project = prepare(top)
        urls = {
            "the generated site": stack.enter_context(
                generated(project, modules)),
            "the barest configuration": stack.enter_context(
                bare(project, modules)),
            EXPRESS: stack.enter_context(
                express(top, project, modules, "--processes=2",
                        "--threads=15")),
            EXPRESS + ", as it is by default": stack.enter_context(
                express(top, project, modules)),
            FASTER: stack.enter_context(
                generated(project, modules, **{
                    "script-reloading": "no", "queue-timeout": "0"})),
        }
        aims = [0.95, 0, 0, 0]
        if gateways.is_there():
            script = f"{project}/bare.wsgi"
            urls["gunicorn behind nginx"] = stack.enter_context(
                gateways.gunicorn(top, script))
            urls["uWSGI behind nginx"] = stack.enter_context(
                gateways.uwsgi(top, script))
            aims += [0, 0]
        static = [urls[name] + "/static/style.css"
                  for name in ("the generated site",
                               "the barest configuration")]
        compare(urls)
        rates = {name: [] for name in urls}
        for number in range(ROUNDS + 1):
            for name, url in urls.items():
                rate = load(url + "/")
                if number:
                    rates[name].append(rate)
        files = [[load(url) for url in static] for _ in range(ROUNDS)]
    ours, *others = urls
    yield row(ours, rates[ours], [], "")
    for name, aim in zip(others, aims):  # noqa: B905 (as many)
        yield row(name, rates[name], rates[ours],
                  f">= {aim:.2f}" if aim else "")
    yield row("the same, to mod_wsgi-express", rates[EXPRESS], rates[FASTER],
              ">= 1.30")
    delivered, aliased = zip(*files)  # noqa: B905 (pairs)
    yield row("a static file of the generated site", delivered, [], "")
    yield row("a static file, by a bare Alias", aliased, delivered, ">= 0.90")
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        project = prepare(top)
        yield from first_request(project, modules)
        yield from memory(project, modules)


def row(name, rates, ours, aim):
    """The row of one server, with the ratio of our rates to its own."""
    ratios = [one / other
              for one, other in zip(ours, rates)]  # noqa: B905 (of a round)
    return (f"requests, {name}", f"{statistics.median(rates):.0f} /s",
            f"{statistics.median(ratios):.2f}" if ratios else "", aim)


def prepare(top):
    """A project without dependencies in a directory of its own."""
    project = os.path.join(top, "hello")
    os.makedirs(os.path.join(project, "static"))
    for name, text in (("hello.py", APPLICATION), ("hello.ini", INI),
                       ("bare.wsgi", SCRIPT), ("static/style.css", STYLE)):
        with open(os.path.join(project, name), "w") as stream:
            stream.write(text)
    return project


@contextlib.contextmanager
def generated(project, modules, **options):
    """Serve the deployment that is generated; its URL."""
    with served(project, modules, **options) as server:
        yield server.url


@contextlib.contextmanager
def served(project, modules, **options):
    """The Server of the deployment that is generated."""
    settings = {name: Setting(value, "benchmark") for name, value in {
        "config": "hello.ini", "in-place": "yes",
        "virtualenv": str(samples.bare().virtualenv),
        "server-name": "127.0.0.1", "mount-point": "/hello",
        "static": (f"/static={project}/static",), **options}.items()}
    read_project, _, platform = inputs.read(project, settings)
    with Server(virtualenv=modules) as server:
        site = private_sites.private_site(read_project, settings, platform,
                                          server)
        server.start([Served((f"{site.output_dir}/{site.name}",),
                             site.mount_point)])
        yield server


@contextlib.contextmanager
def bare(project, modules):
    """Serve the same by as few directives as possible; its URL."""
    with least(project, modules, "bare.wsgi") as server:
        yield server.url


@contextlib.contextmanager
def least(project, modules, script, options="", loaded=()):
    """The Server of as few directives as possible."""
    with Server(virtualenv=modules, modules=loaded) as server:
        path = server.write("bare.conf", BARE.format(
            script=f"{project}/{script}", directory=project, options=options))
        server.start([Served((path,), "/hello")])
        yield server


@contextlib.contextmanager
def express(top, project, modules, *options):
    """Serve the same by mod_wsgi-express; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = os.path.join(top, f"express{port}")
    account = ["--user", "www-data", "--group", "www-data"]
    subprocess.run(
        [f"{modules}/bin/mod_wsgi-express", "setup-server",
         f"{project}/bare.wsgi", "--server-root", root, "--port", str(port),
         "--host", "127.0.0.1", *options, "--mount-point",
         "/hello", *([] if os.geteuid() else account)],
        check=True, stdout=subprocess.DEVNULL)
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run([f"{root}/apachectl", "start"], check=True, **quiet)
    try:
        time.sleep(2)
        yield f"http://127.0.0.1:{port}/hello"
    finally:
        subprocess.run([f"{root}/apachectl", "stop"], check=True, **quiet)
        time.sleep(1)


def compare(urls):
    """See to it that all answer the same, and not with a redirect."""
    for name, url in urls.items():
        opener = urllib.request.build_opener(_Straight)
        with opener.open(url + "/", timeout=20) as answer:
            if answer.status != 200 or answer.read() != b"Hello, World!":
                raise SystemExit(f"{name} does not answer with the page")


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follow no redirect."""

    def redirect_request(self, *arguments):
        return None


def load(url):
    """The requests per second that wrk gets from ``url``."""
    told = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url],
        check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    if "Non-2xx" in told:
        raise SystemExit(f"{url} answers with errors:\n{told}")
    return float(re.search(r"Requests/sec: *([0-9.]+)", told).group(1))


def first_request(project, modules):
    """The first request after start, beside the median of later ones."""
    ratios, firsts = [], []
    for _ in range(STARTS):
        settings = {"config": Setting("hello.ini", "benchmark"),
                    "in-place": Setting("yes", "benchmark"),
                    "virtualenv": Setting(str(samples.bare().virtualenv),
                                        "benchmark")}
        read_project, _, platform = inputs.read(project, settings)
        with Server(virtualenv=modules) as server:
            site = private_sites.private_site(read_project, settings, platform,
                                        server)
            # Readiness is told by a page that is not the application's.
            server.start([Served((f"{site.output_dir}/{site.name}",), "/")])
            time.sleep(1)
            # An idle machine's first request is slow whatever it is for.
            for _ in range(50):
                server.get("/")
            times = [server.get("/hello/").seconds for _ in range(200)]
        firsts.append(times[0])
        ratios.append(times[0] / statistics.median(times))
    yield ("first request after start, beside the median",
           f"{statistics.median(firsts) * 1000:.2f} ms",
           f"{statistics.median(ratios):.2f}", "<= 3")


def memory(project, modules):
    """The memory of the processes, beside the barest configuration's."""
    with open(f"{project}/loaded.wsgi", "w") as stream:
        stream.write(LOADED.format(project=project,
                                   config=f"config:{project}/hello.ini"))
    options = (f" display-name=%{{GROUP}} python-home="
               f"{samples.bare().virtualenv}")
    figures = []
    for _ in range(STARTS):
        for serving in (served(project, modules), least(
                project, modules, "loaded.wsgi", options, LOADED_MODULES)):
            with serving as server:
                load(server.url + "/")
                with open(f"{server.directory}/httpd.pid") as stream:
                    figures.append(memory_kb(int(stream.read())))
    for kind, name in enumerate(("Apache's processes", "a daemon process")):
        ours, others = (statistics.median(figure[kind] for figure in found)
                        for found in (figures[::2], figures[1::2]))
        yield f"memory of {name}, the generated site", f"{ours:.0f} kB", "", ""
        yield (f"memory of {name}, the barest", f"{others:.0f} kB",
               f"{ours / others:.2f}", "<= 1.05")


def memory_kb(main):
    """The memory of Apache's processes, and the mean of each daemon's."""
    apache, daemons = [], []
    for process in [process_of(main), *children_of(main)]:
        is_daemon = process.command[0].startswith(b"(wsgi:")
        (daemons if is_daemon else apache).append(process.memory // 1024)
    return sum(apache), round(statistics.mean(daemons))
