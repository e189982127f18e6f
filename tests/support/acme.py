"""A certificate authority of one's own (pebble), and certbot asking it."""

import contextlib
import http.client
import http.server
import json
import os
import shlex
import socket
import ssl
import subprocess
import threading
import time
import urllib.request

from tests.support.ports import free_port

# As certbot's package for Apache has it, but for what is in our directory.
_CERTBOT = ["certbot", "--non-interactive", "--agree-tos", "--email",
            "admin@example.com", "--no-eff-email"]
_APACHECTL = """\
#!/bin/sh
# As Debian's apache2ctl, for the Apache in {root}.
case "$1" in
graceful|stop|start|restart) exec {httpd} -f {config} -k "$1" ;;
configtest) exec {httpd} -f {config} -t ;;
*) exec {httpd} -f {config} "$@" ;;
esac
"""
# What a2enmod does, in that Apache.
_A2ENMOD = """\
#!/bin/sh
for name; do
    for suffix in load conf; do
        [ ! -e {root}/mods-available/$name.$suffix ] ||
            ln -sf ../mods-available/$name.$suffix {root}/mods-enabled/
    done
done
"""


@contextlib.contextmanager
def authority(directory, http_port, port=None):
    """Run pebble with its files in ``directory``; the URL of its directory.

    It asks for challenges at ``http_port`` of this machine, whatever the name,
    and listens at ``port``, by default any.
    """
    acme, management, dns = (free_port() for _ in range(3))
    acme = port or acme
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
         f"{directory}/key.pem", "-out", f"{directory}/cert.pem"],
        check=True, stderr=subprocess.DEVNULL)
    with open(f"{directory}/pebble.json", "w") as stream:
        json.dump({"pebble": {
            "listenAddress": f"127.0.0.1:{acme}",
            "managementListenAddress": f"127.0.0.1:{management}",
            "certificate": f"{directory}/cert.pem",
            "privateKey": f"{directory}/key.pem",
            "httpPort": http_port, "tlsPort": 1,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": False}}, stream)
    with open(f"{directory}/pebble.log", "wb") as log, contextlib.ExitStack(
            ) as stack:
        for command in (
                ["pebble-challtestsrv", "-defaultIPv4", "127.0.0.1",
                 "-defaultIPv6", "", "-dns01", f"127.0.0.1:{dns}", "-http01",
                 "", "-https01", "", "-tlsalpn01", "",
                 "-management", f"127.0.0.1:{free_port()}"],
                ["pebble", "-config", f"{directory}/pebble.json",
                 "-dnsserver", f"127.0.0.1:{dns}"]):
            stack.enter_context(_running(command, log))
        _wait_for(acme)
        _wait_for(management)
        root = ssl.create_default_context(cafile=f"{directory}/cert.pem")
        with urllib.request.urlopen(
                f"https://localhost:{management}/roots/0",
                context=root) as answer, open(
                    f"{directory}/root.pem", "wb") as stream:
            stream.write(answer.read())
        yield f"https://localhost:{acme}/dir"


@contextlib.contextmanager
def refusing(directory, url, problem):
    """Stand before the authority at ``url`` as one that takes no new order;
    the URL of its directory.

    ``problem`` is what it answers, with the status 429, in its place.
    """
    inner = int(url.split(":")[2].partition("/")[0])
    trusted = ssl.create_default_context(cafile=f"{directory}/cert.pem")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPSConnection(
                "localhost", inner, context=trusted)
            # It names its URLs, and checks those signed, by this header.
            connection.request(self.command, self.path, body,
                               dict(self.headers))
            answer = connection.getresponse()
            data, status = answer.read(), answer.status
            headers = [(name, value) for name, value in answer.getheaders()
                       if name.lower() in ("replay-nonce", "location", "link",
                                           "content-type")]
            connection.close()
            if self.path == "/order-plz" and self.command == "POST":
                data, status = json.dumps(problem).encode(), 429
                headers = [each for each in headers
                           if each[0].lower() == "replay-nonce"]
                headers.append(("Content-Type", "application/problem+json"))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_POST = do_HEAD = forward

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{directory}/cert.pem", f"{directory}/key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}/dir"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def _running(command, log):
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={
            **os.environ, "PEBBLE_VA_NOSLEEP": "1",
            "PEBBLE_WFE_NONCEREJECT": "0"})
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _wait_for(port):
    for _ in range(3000):
        with contextlib.suppress(OSError), socket.create_connection(
                ("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("pebble does not listen")


class Certbot:
    """certbot for an Apache in the directory ``root``."""

    def __init__(self, directory, case, http_port, https_port):
        self.directory = directory
        self.live = f"{directory}/config/live"
        for name, text in (("apachectl", _APACHECTL), ("a2enmod", _A2ENMOD)):
            path = f"{directory}/{name}"
            with open(path, "w") as stream:
                stream.write(text.format(root=case.root, config=case.config,
                                         httpd=case.httpd.path))
            os.chmod(path, 0o755)
        self._options = [
            "--config-dir", f"{directory}/config",
            "--work-dir", f"{directory}/work",
            "--logs-dir", f"{directory}/logs",
            "--http-01-port", str(http_port),
            "--https-port", str(https_port),
            "--apache-server-root", str(case.root),
            "--apache-logs-root", f"{case.root}/log",
            "--apache-challenge-location", str(case.root),
            "--apache-ctl", f"{directory}/apachectl",
            "--apache-enmod", f"{directory}/a2enmod",
            "--apache-bin", case.httpd.path]

    def run(self, server, *arguments, status=0):
        """Run certbot for the ACME ``server``; what it prints."""
        done = subprocess.run(
            [*_CERTBOT, *arguments, *self._options, "--server", server,
             "--no-verify-ssl"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, timeout=120)
        assert done.returncode == status, done.stdout + self.log()
        return done.stdout

    def install(self, path):
        """Make a command ``certbot`` of it, for others to run."""
        with open(path, "w") as stream:
            stream.write("#!/bin/sh\nexec /usr/bin/certbot \"$@\" "
                         + shlex.join([*self._options, "--no-verify-ssl"])
                         + "\n")
        os.chmod(path, 0o755)

    def log(self):
        with contextlib.suppress(OSError), open(
                f"{self.directory}/logs/letsencrypt.log") as stream:
            return stream.read()[-6000:]
        return ""
