"""PLATFORMS: where distributions keep Apache's files, users and commands."""

import os
from typing import NamedTuple, Optional

from modwsgideploy.errors import DeployError
from modwsgideploy.system.files import text_or_empty


class Platform(NamedTuple):
    """How one family of distributions lays Apache out."""

    name: str
    user: str              # Apache's own user
    group: str
    log_directory: str
    error_log: str         # the main server's, in it
    socket_prefix: str     # WSGISocketPrefix: its children can reach it
    sites: str             # where a site's file is installed
    conf: str              # where a server-wide file is installed
    ports: str             # the file with the Listen directives
    packages: str          # the command that installs Apache and mod_wsgi
    apache_packages: str   # the command that installs Apache alone
    tls_flag: str          # the command without which it does not listen at
                           # port 443; "" where none is needed
    fcgid_package: str     # the name of mod_fcgid's package, added to that
    python_package: str    # the same for mod_python; "" where there is none
    modules: tuple[tuple[str, str], ...]   # others, each with its package
    virtualenv_package: str    # the same for what makes those of Python 2
    build_packages: str    # the command that installs what builds mod_wsgi
    wsgi_load: str         # the file that loads mod_wsgi
    python_load: str       # the file that loads mod_python
    enable_module: str     # prefix of the command that enables a module
    disable_module: str    # and of the one that disables it
    enable_site: str       # prefix of the commands that switch on and off;
    disable_site: str      # empty where a file in place is a site switched on
    enable_conf: str
    disable_conf: str
    configtest: str
    reload: str
    restart: str
    units: str             # where systemd's units are installed
    ids: tuple[str, ...]   # ID and ID_LIKE values of os-release(5)

    @property
    def install(self) -> str:
        """The command that installs packages, which follow it."""
        return " ".join(self.packages.split()[:2])

    def install_modules(self, *names: str) -> str:
        """The command that installs the modules of ``names`` that are in
        packages of their own; "" if none is."""
        packages = [package for module, package in self.modules
                    if module in names]
        return " ".join([self.install, *packages]) if packages else ""

    @property
    def sites_enabled(self) -> str:
        """The directory whose sites Apache serves.

        It is that of the sites themselves on a platform where a file in
        place is a site switched on.
        """
        return enabled_directory(self.sites)

    @property
    def conf_enabled(self) -> str:
        """The directory whose server-wide files Apache reads, likewise."""
        return enabled_directory(self.conf)


def enabled_directory(directory: str) -> str:
    """Where links enable what is in ``directory``, the ...-available one."""
    head, name = os.path.split(directory)
    return os.path.join(head, name.replace("-available", "-enabled"))


_DEBIAN = Platform(
    name="debian", user="www-data", group="www-data",
    log_directory="/var/log/apache2", error_log="error.log",
    socket_prefix="/run/apache2/wsgi",
    sites="/etc/apache2/sites-available",
    conf="/etc/apache2/conf-available", ports="/etc/apache2/ports.conf",
    packages="apt-get install apache2 libapache2-mod-wsgi-py3 python3-venv",
    apache_packages="apt-get install apache2 python3-venv",
    tls_flag="",
    fcgid_package="libapache2-mod-fcgid",
    python_package="libapache2-mod-python",
    modules=(("auth_openidc", "libapache2-mod-auth-openidc"),
             ("auth_mellon", "libapache2-mod-auth-mellon"),
             ("auth_gssapi", "libapache2-mod-auth-gssapi"),
             ("shib", "libapache2-mod-shib")),
    virtualenv_package="virtualenv",
    build_packages="apt-get install apache2 apache2-dev gcc virtualenv",
    wsgi_load="/etc/apache2/mods-available/wsgi.load",
    python_load="/etc/apache2/mods-available/python.load",
    enable_module="a2enmod", disable_module="a2dismod",
    enable_site="a2ensite",
    disable_site="a2dissite", enable_conf="a2enconf",
    disable_conf="a2disconf", configtest="apache2ctl configtest",
    reload="systemctl reload apache2", restart="systemctl restart apache2",
    units="/etc/systemd/system",
    ids=("debian", "ubuntu", "raspbian", "linuxmint"))
_REDHAT = Platform(
    name="redhat", user="apache", group="apache",
    log_directory="/var/log/httpd", error_log="error_log",
    socket_prefix="/run/httpd/wsgi", sites="/etc/httpd/conf.d",
    conf="/etc/httpd/conf.d", ports="/etc/httpd/conf/httpd.conf",
    packages="dnf install httpd python3-mod_wsgi",
    apache_packages="dnf install httpd",
    tls_flag="",
    fcgid_package="mod_fcgid",
    python_package="",
    modules=(("ssl", "mod_ssl"), ("md", "mod_md"), ("authnz_ldap", "mod_ldap"),
             ("auth_openidc", "mod_auth_openidc"),
             ("auth_mellon", "mod_auth_mellon"),
             ("auth_gssapi", "mod_auth_gssapi")),
    virtualenv_package="python3-virtualenv",
    build_packages="dnf install httpd httpd-devel gcc python3-virtualenv",
    wsgi_load="/etc/httpd/conf.modules.d/10-wsgi.conf",
    python_load="/etc/httpd/conf.modules.d/10-python.conf",
    enable_module="", disable_module="",
    enable_site="", disable_site="",
    enable_conf="", disable_conf="",
    configtest="apachectl configtest", reload="systemctl reload httpd",
    restart="systemctl restart httpd",
    units="/etc/systemd/system",
    ids=("rhel", "fedora", "centos", "rocky", "almalinux", "amzn"))
_SUSE = Platform(
    name="suse", user="wwwrun", group="www",
    log_directory="/var/log/apache2", error_log="error_log",
    socket_prefix="/run/wsgi", sites="/etc/apache2/vhosts.d",
    conf="/etc/apache2/conf.d", ports="/etc/apache2/listen.conf",
    packages="zypper install apache2 apache2-mod_wsgi",
    apache_packages="zypper install apache2",
    tls_flag="a2enflag SSL",
    fcgid_package="apache2-mod_fcgid", python_package="", modules=(),
    virtualenv_package="python3-virtualenv",
    build_packages="zypper install apache2 apache2-devel gcc"
    " python3-virtualenv",
    wsgi_load="/etc/apache2/conf.d/wsgi.conf",
    python_load="/etc/apache2/conf.d/python.conf",
    enable_module="a2enmod", disable_module="a2dismod",
    enable_site="", disable_site="",
    enable_conf="", disable_conf="", configtest="apachectl configtest",
    reload="systemctl reload apache2",
    restart="systemctl restart apache2",
    units="/etc/systemd/system",
    ids=("suse", "opensuse", "sles", "opensuse-leap"))
PLATFORMS = {platform.name: platform
             for platform in (_DEBIAN, _REDHAT, _SUSE)}


def find_platform(name: Optional[str] = None,
                  os_release: str = "/etc/os-release") -> Platform:
    """Find the Platform called ``name``, by default that of this machine.

    A machine whose ``os_release`` names no known one counts as Debian.

    Raises DeployError for an unknown name.
    """
    if name:
        if name not in PLATFORMS:
            raise DeployError(
                f"--platform: there is no platform {name!r}; give one of "
                + ", ".join(PLATFORMS))
        return PLATFORMS[name]
    words = _os_release_ids(os_release)
    for platform in PLATFORMS.values():
        if words.intersection(platform.ids):
            return platform
    return PLATFORMS["debian"]


def _os_release_ids(path: str) -> set[str]:
    """The words of ID and ID_LIKE (os-release(5)), as a set."""
    words: set[str] = set()
    for line in text_or_empty(path).splitlines():
        key, _, value = line.strip().partition("=")
        if key in ("ID", "ID_LIKE"):
            words.update(value.strip("'\"").split())
    return words
