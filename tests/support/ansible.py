"""What drives the test hosts, in a virtualenv that is kept."""

from tests.support import kept

# Good for Python 3.11 to 3.13, which is what the hosts' releases have.
REQUIREMENTS = ("ansible-core==2.19.14", "molecule==26.10.0")


def virtualenv():
    """The directory of a virtualenv that has Ansible and molecule."""
    return kept.make_once(_make_ansible)


def _make_ansible(unit):
    kept.run(kept.interpreter(), "-m", "venv", "--without-pip", unit)
    kept.pip_install(unit, *REQUIREMENTS)
