"""Serve one application behind nginx, by gunicorn and by uWSGI.

With the same number of processes and threads as the sites of Apache have, by
a Unix socket, and with an access log, which they have as well.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time

from tests.support import http_samples, kept

PROCESSES, THREADS = 2, 15
NGINX = """\
worker_processes {processes};
daemon off;
pid {top}/nginx.pid;
error_log {top}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    access_log {top}/nginx-access.log;
    client_body_temp_path {top}/body;
    proxy_temp_path {top}/proxy;
    fastcgi_temp_path {top}/fastcgi;
    uwsgi_temp_path {top}/uwsgi;
    scgi_temp_path {top}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            {location}
        }}
    }}
}}
"""
UWSGI_PARAMS = (
    "QUERY_STRING $query_string", "REQUEST_METHOD $request_method",
    "CONTENT_TYPE $content_type", "CONTENT_LENGTH $content_length",
    "REQUEST_URI $request_uri", "PATH_INFO $document_uri",
    "SERVER_PROTOCOL $server_protocol", "REMOTE_ADDR $remote_addr",
    "SERVER_PORT $server_port", "SERVER_NAME $server_name")


def is_there():
    """Whether this machine has nginx."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")


@contextlib.contextmanager
def gunicorn(top, script):
    """Serve ``script``, a WSGI script, by gunicorn behind nginx; its URL."""
    binary = http_samples.wire().virtualenv / "bin" / "gunicorn"
    shutil.copy(script, os.path.join(top, "behind_nginx.py"))
    path = os.path.join(top, "gunicorn.sock")
    command = [binary, "--bind", f"unix:{path}", "--chdir", top,
               "--workers", str(PROCESSES), "--threads", str(THREADS),
               "--worker-class", "gthread", "--log-level", "error",
               "--umask", "0", "behind_nginx:application"]
    with _running(command), _behind_nginx(
            os.path.join(top, "g"), path,
            f"proxy_pass http://unix:{path}; proxy_set_header Host $host;"
            ) as url:
        yield url


@contextlib.contextmanager
def uwsgi(top, script):
    """Serve ``script``, a WSGI script, by uWSGI behind nginx; its URL."""
    binary = kept.make_once(_make_uwsgi) / "virtualenv" / "bin" / "uwsgi"
    path = os.path.join(top, "uwsgi.sock")
    command = [binary, "--socket", path, "--chmod-socket=666", "--master",
               "--processes", str(PROCESSES), "--threads", str(THREADS),
               "--wsgi-file", script, "--disable-logging", "--die-on-term"]
    params = "".join(f"uwsgi_param {each};" for each in UWSGI_PARAMS)
    with _running(command), _behind_nginx(
            os.path.join(top, "u"), path,
            f"{params} uwsgi_pass unix:{path};") as url:
        yield url


def _make_uwsgi(unit):
    kept.make_virtualenv(unit / "virtualenv", "uwsgi", "setuptools")


@contextlib.contextmanager
def _running(command):
    """Run ``command`` as long as the context lasts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def _behind_nginx(top, path, location):
    """Run nginx, with its files in ``top``, before the socket ``path``; its
    URL."""
    os.mkdir(top, 0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf = os.path.join(top, "nginx.conf")
    with open(conf, "w") as stream:
        stream.write(NGINX.format(top=top, port=port, location=location,
                                  processes=os.cpu_count()))
    with _running([is_there(), "-c", conf]):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), \
                    socket.create_connection(("127.0.0.1", port), 1):
                if os.path.exists(path):
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/hello"
