# -*- coding: utf-8 -*-
# WSGI script of 'myapp', at 'https://www.example.com/'
# Written by modwsgideploy 1.0.0; Apache's configuration beside it runs it.
import os
import sys

CONFIG = '/usr/local/turbogears/myapp/production.ini'
VIRTUALENV = '/usr/local/pythonenv/myapp'


def needed(path, what):
    """Return path; if it cannot be read, say in the error log who failed."""
    missing = path
    while not os.path.exists(missing) and missing != os.path.dirname(missing):
        missing = os.path.dirname(missing)
    mode = os.R_OK | os.X_OK if os.path.isdir(path) else os.R_OK
    if not os.access(path, mode):
        raise IOError(
            'cannot read %s, the %s (%s); user id %d, group id %d,'
            ' Python %s at %s' % (
                path, what,
                'it is unreadable' if missing == path else
                'nothing can be seen below %s' % missing,
                os.geteuid(), os.getegid(), sys.version.split()[0],
                sys.prefix))
    return path

# Where packages that are still zipped unpack their libraries, instead of in
# .python-eggs in the home directory of the process's user.
os.environ['PYTHON_EGG_CACHE'] = '/usr/local/pythonenv/myapp/python-eggs'

site_packages = needed(
    os.path.join(VIRTUALENV, 'lib', 'python%d.%d' % sys.version_info[:2],
                 'site-packages'),
    'virtualenv for the Python of this server')

sys.path.insert(0, '/usr/local/turbogears/myapp')

needed(CONFIG, 'Paste configuration')


def set_up_logging():
    """Set up logging as the configuration says, if it says anything."""
    try:
        from configparser import RawConfigParser
    except ImportError:
        from ConfigParser import RawConfigParser
    parser = RawConfigParser()
    parser.read(CONFIG)
    if parser.has_section('loggers'):
        from logging.config import fileConfig
        fileConfig(CONFIG, {
            '__file__': CONFIG.replace('%', '%%'),
            'here': os.path.dirname(CONFIG).replace('%', '%%'),
        }, disable_existing_loggers=False)


set_up_logging()

from paste.deploy import loadapp

application = loadapp('config:/usr/local/turbogears/myapp/production.ini')
