"""Serve deployments of FastCGI in each of its modes."""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from modwsgideploy.system.accounts import find_account
from tests.support.deployed import Deployed, deploy_site, deployed, served
from tests.support.ending import ending_at_once

HOST = "www.example.com"


@contextlib.contextmanager
def by_fcgid(sample, choices=(), **server_options):
    """Deployed as it is written, for who owns the server."""
    with deployed((sample, {"backend": "fastcgi", **dict(choices)}),
                  backend_modules=("fcgid",), **server_options) as site:
        yield site


@contextlib.contextmanager
def by_proxy(sample, choices=()):
    """Deployed with --fastcgi-mode proxy, and its unit's command running."""
    with ending_at_once(Server(
            wsgi=False, modules=("proxy", "proxy_fcgi"))) as server:
        socket = f"{server.directory}/run/socket"
        os.mkdir(os.path.dirname(socket))
        site = deploy_site(server, 0, sample, {
            "backend": "fastcgi", "fastcgi-mode": "proxy",
            "fastcgi-socket": socket, **dict(choices)})
        if not os.geteuid():
            shutil.chown(os.path.dirname(socket), server.user, server.group)
        with unit_running(site.output_dir, site.name, socket,
                          f"{server.log_directory}/unit-error.log"):
            server.start([served(site)])
            yield Deployed(server, [site])


@contextlib.contextmanager
def unit_running(directory, name, socket, log=os.devnull):
    """Run the command of the unit ``name``, which makes ``socket``."""
    unit = Path(directory, f"{name}.service").read_text()
    command = re.search("^ExecStart=(.*)$", unit, re.MULTILINE).group(1)
    # What systemd takes for a specifier and a variable.
    command = command.replace("%%", "%").replace("$$", "$")
    account = find_account()
    with open(log, "w") as stream:
        process = subprocess.Popen(
            shlex.split(command), cwd="/", stderr=stream,
            stdin=subprocess.DEVNULL, stdout=stream, start_new_session=True,
            **({} if os.geteuid() else {
                "user": account.uid, "group": account.gid,
                "extra_groups": ()}))
    try:
        while not os.path.exists(socket) and process.poll() is None:
            time.sleep(0.01)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def by_htaccess(sample, choices=(), modules=("fcgid",),
                mount_point="/~me/my app", allowed="AllowOverride All",
                edit=None):
    """Deployed on a shared host, as the runbook has it typed.

    ``allowed`` is what the host says of the web directory; ``edit`` is called
    with the Site before Apache reads its files.
    """
    with ending_at_once(Server(wsgi=False, modules=modules)) as server:
        web = f"{server.directory}/web"
        site = deploy_site(server, 0, sample, {
            "backend": "fastcgi", "fastcgi-mode": "htaccess",
            "log-directory": None, "mount-point": mount_point,
            "web-directory": web, **dict(choices)})
        root = mount_point == "/"
        run_step(site.output_dir, "Switch it on")
        if edit:
            edit(site)
        conf = server.write("shared", f"""
            <IfModule fcgid_module>
                FcgidMaxRequestLen 10485760
            </IfModule>
            <Directory {web}>
                {allowed}
                Require all granted
            </Directory>
            """ + (f'<VirtualHost *:{server.port}>\nServerName {HOST}\n'
                   f'DocumentRoot {web}\n</VirtualHost>\n' if root else
                   f'Alias "{mount_point}" {web}\n'))
        server.start([Served((conf,), mount_point)])
        yield Deployed(server, [site])


def run_step(directory, title):
    """Type the commands of one step of a runbook; without sudo."""
    text = Path(directory, "README.txt").read_text()
    step = re.search(rf"\d\. {title}\n-+\n(.*?)(?:\n\d+\. |\Z)", text,
                     re.DOTALL).group(1)
    commands = re.findall("^  (?:sudo )?(.*)$", step, re.MULTILINE)
    subprocess.run(["sh", "-ec", "\n".join(commands)], check=True)
