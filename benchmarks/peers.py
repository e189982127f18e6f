"""The deployments of 200 sites, by the tools that people write them with.

Each writes a configuration and a WSGI script for every site, and as many
files as ours; of each peer one site is served and asked, so that it is the
same job.  What is slow is measured for fewer sites, and the row says so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import served

from modwsgideploy.server.configuration import Served
from modwsgideploy.server.private import Server
from tests.support import kept, samples

SITES, FEW = 200, 20
COMMAND = (sys.executable, "-m", "modwsgideploy.cli.console")

# What a person would write: the least that serves.
CONF = """\
WSGIDaemonProcess {name} processes=2 threads=15 display-name=%{{GROUP}} \\
    home={project} lang=C.UTF-8 locale=C.UTF-8
WSGIScriptAlias /{name} {directory}/{name}.wsgi \\
    process-group={name} application-group=%{{GLOBAL}}
<Directory {directory}>
    Require all granted
</Directory>
"""
SCRIPT = """\
import sys
sys.path.insert(0, "{project}")
from hello import main
application = main({{}})
"""
TEST = """\
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"{name} runs"]
"""
README = """\
{name}
======

Copy {directory}/{name}.conf to /etc/apache2/sites-available, then
a2ensite {name} && systemctl reload apache2
"""
INI = "[{name}]\nproject = {project}\nmount-point = /{name}\n"
FILES = {"{name}.conf": CONF, "{name}.wsgi": SCRIPT, "test.wsgi": TEST,
         "README.txt": README, "site.ini": INI, "{name}.base": CONF}


def rows():
    """Each measurement: name, seconds, ratio to ours, aim."""
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        project = served.prepare(top)
        ours = batch(top, project)
        yield row("modwsgideploy batch", ours, ours)
        yield row("modwsgideploy deploy, each", deploy(top, project), ours,
                  FEW)
        yield row("cookiecutter, in one process",
                  cookiecutter_loop(top, project), ours)
        yield row("cookiecutter, each", cookiecutter(top, project), ours, FEW)
        yield row("an Ansible playbook", ansible(top, project), ours, FEW)
        yield row("mod_wsgi-express, each", express(top, project), ours, FEW)


def row(name, seconds, ours, measured=SITES):
    """The row of one tool."""
    scaled = "" if measured == SITES else f", of {measured}"
    return (f"{SITES} sites{scaled}: {name}", f"{seconds:.1f} s",
            f"{seconds / ours:.0f}", "")


def peers():
    """A virtualenv with the tools that are on the package index."""
    return kept.make_once(_make_peers) / "virtualenv"


def _make_peers(unit):
    kept.make_virtualenv(unit / "virtualenv", "cookiecutter",
                         "ansible-core")


def run(*command, **options):
    """The seconds that a command takes as a process."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore",
                   **options.pop("environment", {})}
    # As users run it: compiled once.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    done = subprocess.run([*map(str, command)], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", check=False, **options)
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stdout}")
    return time.perf_counter() - start


def answer(directory, name="site0"):
    """Serve one site that was written; it has to answer."""
    with Server() as server:
        server.start([Served((f"{directory}/{name}/{name}.conf",),
                             f"/{name}")])
        assert server.get(f"/{name}/").body == b"Hello, World!"


def fields(name, project, directory):
    """What the templates of a site say."""
    return {"name": name, "project": project,
            "directory": f"{directory}/{name}"}


# -- ours ---------------------------------------------------------------------

def batch(top, project):
    """The seconds of one ``batch``."""
    lines = [f"[DEFAULT]\nproject = {project}\nconfig = hello.ini\n"
             "in-place = yes\nvirtualenv =\n"]
    lines += [f"[site{number}]\noutput-dir = ours/site{number}\n"
              for number in range(SITES)]
    manifest = os.path.join(top, "sites.ini")
    with open(manifest, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines))
    command = [*COMMAND, "batch", "-q", "--jobs=1"]
    run(*command, "-n", manifest)    # so that all have been compiled once
    return run(*command, manifest)


def deploy(top, project):
    """The seconds of a ``deploy`` for each site."""
    return SITES / FEW * sum(run(
        *COMMAND, "deploy", "-q", project, f"--name=site{number}",
        "--config=hello.ini", "--in-place",
        "--virtualenv=", f"--output-dir={top}/deployed/site{number}")
        for number in range(FEW))


# -- cookiecutter -------------------------------------------------------------

LOOP = """
import sys
from cookiecutter.main import cookiecutter
template, project, out, count = sys.argv[1:]
for number in range(int(count)):
    name = f"site{number}"
    cookiecutter(template, no_input=True, output_dir=out, extra_context={
        "name": name, "project": project, "directory": f"{out}/{name}"})
"""


def template(top):
    """The template, as cookiecutter has them; its directory."""
    head = os.path.join(top, "template")
    inner = os.path.join(head, "{{cookiecutter.name}}")
    os.makedirs(inner, exist_ok=True)
    with open(os.path.join(head, "cookiecutter.json"), "w") as stream:
        stream.write('{"name": "", "project": "", "directory": ""}')
    shown = {name: "{{cookiecutter.%s}}" % name
             for name in ("name", "project", "directory")}
    for name, text in FILES.items():
        with open(os.path.join(inner, name.format(**shown)), "w") as stream:
            stream.write(text.format(**shown))
    return head


def cookiecutter_loop(top, project):
    """The seconds of a program that calls it for each site."""
    out = os.path.join(top, "looped")
    os.mkdir(out)
    seconds = run(peers() / "bin" / "python", "-c", LOOP, template(top),
                  project, out, SITES, environment={"HOME": top})
    answer(out)
    return seconds


def cookiecutter(top, project):
    """The seconds of its command for each site."""
    out = os.path.join(top, "cut")
    os.mkdir(out)
    seconds = sum(run(
        peers() / "bin" / "cookiecutter", "--no-input", "-o", out,
        template(top), *(f"{key}={value}" for key, value in fields(
            f"site{number}", project, out).items()),
        environment={"HOME": top}) for number in range(FEW))
    answer(out)
    return SITES / FEW * seconds


# -- Ansible ------------------------------------------------------------------

PLAYBOOK = """\
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - file:
        path: "{out}/{{{{ item }}}}"
        state: directory
        mode: "0755"
      loop: &sites {sites}
"""
TASK = """\
    - template:
        src: {number}.j2
        dest: "{out}/{{{{ item }}}}/{name}"
        mode: "0644"
      loop: *sites
"""


def ansible(top, project):
    """The seconds of one playbook, with a task for each file."""
    out, head = os.path.join(top, "played"), os.path.join(top, "playbook")
    os.mkdir(head)
    shown = {"name": "{{ item }}", "project": project,
             "directory": out + "/{{ item }}"}
    text = PLAYBOOK.format(out=out, sites=[
        f"site{number}" for number in range(FEW)])
    for number, (name, content) in enumerate(FILES.items()):
        text += TASK.format(number=number, out=out, name=name.format(**shown))
        with open(os.path.join(head, f"{number}.j2"), "w") as stream:
            stream.write(content.format(**shown))
    playbook = os.path.join(head, "sites.yml")
    with open(playbook, "w", encoding="utf-8") as stream:
        stream.write(text)
    python = peers() / "bin" / "python"
    seconds = run(
        peers() / "bin" / "ansible-playbook", playbook, "-i", "localhost,",
        "-e", f"ansible_python_interpreter={python}", cwd=head, environment={
            "HOME": top, "ANSIBLE_LOCAL_TEMP": f"{top}/a",
            "ANSIBLE_REMOTE_TEMP": f"{top}/a", "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOWS": "1", "ANSIBLE_PIPELINING": "1"})
    answer(out)
    return SITES / FEW * seconds


# -- mod_wsgi-express ---------------------------------------------------------

def express(top, project):
    """The seconds of a ``setup-server`` for each site."""
    account = [] if os.geteuid() else ["--user", "www-data",
                                       "--group", "www-data"]
    command = samples.mod_wsgi_6() / "bin" / "mod_wsgi-express"
    os.mkdir(os.path.join(top, "express"))
    seconds = sum(run(
        command, "setup-server", f"{project}/bare.wsgi", "--server-root",
        f"{top}/express/site{number}", "--port", 20000 + number,
        "--mount-point", f"/site{number}", *account)
        for number in range(FEW))
    shutil.rmtree(f"{top}/express")
    return SITES / FEW * seconds
