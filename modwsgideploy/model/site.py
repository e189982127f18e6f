"""Describe one site: its options, and what follows from them."""

import os.path
import re
from typing import NamedTuple

from modwsgideploy.apache.platforms import Platform
from modwsgideploy.model.release import ReleasePaths


def has_https(certificate: str, https: str) -> bool:
    """Whether the VirtualHost of a site speaks HTTPS with these options."""
    return bool(certificate) or https == "auto"


def own_certificate(platform: Platform, host: str) -> str:
    """The file of the certificate that `enable` makes for a host."""
    return f"{os.path.dirname(platform.sites)}/self-signed/{host}.pem"


def own_key(certificate: str) -> str:
    """The file of the key of such a certificate."""
    return os.path.splitext(certificate)[0] + ".key"


class Static(NamedTuple):
    """A file or directory that Apache serves itself."""

    url: str          # whole, with the mount point
    path: str
    is_directory: bool


class Piece(NamedTuple):
    """A piece of Apache's configuration that the site's own has in it."""

    path: str
    text: str
    problem: str      # why it cannot be taken, or ""


class Requirement(NamedTuple):
    """Who may see the site, or what is below one path of it."""

    url: str          # whole, with the mount point
    piece: Piece


class Site(NamedTuple):
    """One site; the fields are the options, and what follows from them.

    A copy with other values of some fields is made by sites.resolve.adapt,
    which works out anew what the backend derives from them.
    """

    # what is deployed
    name: str
    package: str
    version: str
    distribution: str
    is_distribution: bool      # whether pip can install it
    framework: str
    launcher: str              # of templates/launchers
    python2: bool              # the scripts are for Python 2.7 as well
    single_process: str        # why it has one process by default, or ""
    caches_by_process: bool    # its processes would show different data
    project_directory: str     # where the project stands now
    output_dir: str            # where the deployment is written
    skip: tuple[str, ...]      # codes of checks to leave out
    # where it lives on the server
    in_place: bool
    deployment: str
    directory: str             # the project's directory on the server
    location: str              # what goes on sys.path; "" when installed
    release_root: str          # of which the project is a release, or ""
    config: str                # absolute; "" where the script loads none
    application: str           # "module:callable", or ""
    wsgi_file: str             # whose callable it is; absolute, or ""
    app_name: str
    global_conf: tuple[tuple[str, str], ...]
    baseline: str              # "" for none, like each path below
    virtualenv: str
    python_path: tuple[str, ...]
    egg_cache: str
    home: str
    script_directory: str
    log_directory: str
    # where it is served
    mount_point: str
    server_name: str           # "" for the main server
    inside: str                # a file of somebody else's with its host, or ""
    server_alias: tuple[str, ...]
    canonical: str             # the name that all others lead to, or ""
    port: int
    certificate: str
    certificate_key: str
    hsts: bool
    http2: bool
    https: str                 # who gets the certificate; "" for nobody
    redirect: bool             # port 80 leads to HTTPS
    acme_agree: bool           # to the terms of the authority's service
    acme_contact: str
    acme_directory: str        # the authority
    acme_ca: str               # how it is known, or "" for the system's way
    acme_key: str              # "ecdsa" or "rsa"
    # how it runs
    backend: str
    mode: str
    daemon: str                # processes that sites share; "" for its own
    process_group: str
    application_group: str     # the interpreter in each of them
    processes: int
    threads: int
    process_memory: int        # megabytes of each, for `plan`; 0: unknown
    user: str
    group: str
    umask: str
    preload: bool
    script_reloading: bool     # a touched script brings new processes
    warm_up: str
    locale: str
    env: tuple[tuple[str, str], ...]
    env_file: str              # absolute, or ""
    init: str                  # the same
    # what else it does
    static: tuple[Static, ...]
    include: tuple[Piece, ...]
    require: tuple[Requirement, ...]    # what is below another's comes later
    pass_authorization: bool
    chunked_request: bool
    trusted_proxy: tuple[str, ...]
    test_page: str
    # how pages and files are delivered
    content_type_options: str  # each header "" for none
    frame_options: str
    referrer_policy: str
    static_cache: int          # seconds; 0 says nothing
    static_hashed: str         # a regular expression; "" for none
    compress: str              # "static", "all" or "off"
    precompressed: bool
    error_page: tuple[tuple[int, str], ...]    # (status, absolute path)
    # its logs
    access_log: bool
    access_log_format: str     # a name, or one of mod_log_config's
    rotate_logs: bool
    # FastCGI
    fastcgi_mode: str
    fastcgi_handler: str
    fastcgi_socket: str
    web_directory: str
    # mod_python
    python_interpreter: str
    python_debug: bool
    mutex_directory: str
    mutex_locks: int
    # an application server
    app_server: str
    interface: str             # wsgi or asgi; on other backends wsgi
    http_socket: str           # a path, or the digits of a port
    # timeouts and limits
    queue_timeout: int
    connect_timeout: int
    socket_timeout: int
    request_timeout: int
    interrupt_timeout: int
    startup_timeout: int
    deadlock_timeout: int
    graceful_timeout: int
    shutdown_timeout: int
    maximum_requests: int
    restart_interval: int
    inactivity_timeout: int
    header_buffer_size: int
    limit_request_body: int
    request_read_timeout: str
    memory_limit: int          # megabytes of one process; 0 for none
    # the server
    platform: Platform
    apache_version: str
    mod_wsgi_version: tuple[int, ...]
    # what its backend derives from all that
    script: str = ""           # loads the application; absolute
    python_home: str = ""      # the virtualenv that Python starts with, or ""

    @property
    def layered(self) -> bool:
        """Whether the script itself has to put the virtualenv on sys.path.
        """
        return bool(self.virtualenv) and self.python_home != self.virtualenv

    def through_current(self, path: str) -> str:
        """``path`` as Apache's configuration names it: the same for each
        release of the site."""
        if not self.release_root:
            return path
        return ReleasePaths(self.release_root).through_current(path)

    @property
    def own_script(self) -> str:
        """The script, in the release itself where the site is one."""
        if not self.release_root:
            return self.script
        return f"{self.output_dir}/{self.script.rpartition('/')[2]}"

    @property
    def reload(self) -> str:
        """The command that has Apache read the configuration anew.

        mod_python for Python 2 ends it when it is told to reload.
        """
        if self.backend == "mod_python" and self.python2:
            return self.platform.restart
        return self.platform.reload

    @property
    def url(self) -> str:
        """The address of the site, as a person would type it."""
        scheme = "https" if self.tls else "http"
        port = "" if self.port == self.usual_port else f":{self.port}"
        name = self.canonical or self.server_name or "localhost"
        return f"{scheme}://{name}{port}" \
            f"{self.mount_point}"

    @property
    def tls(self) -> bool:
        """Whether its own VirtualHost speaks HTTPS."""
        return has_https(self.certificate, self.https)

    @property
    def usual_port(self) -> int:
        """The port that a URL of the site need not name."""
        return 443 if self.tls else 80

    @property
    def redirects(self) -> bool:
        """Whether a VirtualHost at port 80 leads to HTTPS."""
        return self.tls and self.redirect

    @property
    def below(self) -> str:
        """The mount point as a prefix: "" for the root."""
        return self.mount_point.rstrip("/")

    @property
    def in_htaccess(self) -> bool:
        """Whether an .htaccess file is all that tells Apache of it."""
        return self.backend == "fastcgi" and self.fastcgi_mode == "htaccess"

    @property
    def shared_host(self) -> str:
        """How what applications of its host share is called: NAME.conf is
        the host's file, and the directory NAME.d has the applications.

        It is "" where the site cannot share a VirtualHost.  The same host
        with and without HTTPS is one.
        """
        if not self.server_name or self.inside or self.in_htaccess or (
                self.apache_version == "2.2"):
            return ""
        port = "" if self.port in (80, 443) else f"_{self.port}"
        name = re.sub(r"[^a-z0-9._-]", "_", self.server_name.lower())
        return f"{name}{port}-host"

    @property
    def applications(self) -> str:
        """The directory of the other applications of its host, or ""."""
        host = self.shared_host
        return f"{self.platform.sites}/{host}.d" if host else ""

    @property
    def conf_name(self) -> str:
        """The name under which Apache's configuration is installed."""
        return self.name + ".conf"
