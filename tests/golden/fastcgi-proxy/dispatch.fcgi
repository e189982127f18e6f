#!/bin/sh
# -*- coding: utf-8 -*-
'''exec' '/srv/100% $own/bin/python' "$0" "$@"
' '''
# To the shell the two lines above start the virtualenv's Python, whose path
# does not fit into a first line; to Python they are a string.
# FastCGI script of 'myapp', at 'http://app.example.com/'
# Written by modwsgideploy 1.0.0 for Apache 2.4 and mod_proxy_fcgi.
import os
import sys

CONFIG = '/usr/local/turbogears/myapp/production.ini'
VIRTUALENV = '/srv/100% $own'


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
os.environ['PYTHON_EGG_CACHE'] = '/srv/100% $own/python-eggs'

site_packages = needed(
    os.path.join(VIRTUALENV, 'lib', 'python%d.%d' % sys.version_info[:2],
                 'site-packages'),
    'virtualenv for the Python of this server')

sys.path.insert(0, '/usr/local/turbogears/myapp')

os.chdir('/usr/local/turbogears/myapp')
os.umask(int('0027', 8))

# As a CGI script, or in a shell, it answers one request.
ONCE = 'REQUEST_METHOD' in os.environ
if ONCE:
    for name, value in (
            ('REQUEST_METHOD', 'GET'), ('SCRIPT_NAME', ''),
            ('PATH_INFO', '/'), ('SERVER_PROTOCOL', 'HTTP/1.0'),
            ('SERVER_NAME', 'app.example.com'), ('SERVER_PORT', '80')):
        os.environ.setdefault(name, value)
else:
    try:
        from flup.server.fcgi import WSGIServer
    except ImportError as error:
        raise ImportError(
            '%s; FastCGI needs flup, version 1.0.3 for this Python: %s -m'
            ' pip install flup==1.0.3' % (error, sys.executable))
# What is printed belongs into the error log.
sys.stdout = sys.stderr

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

if ONCE:
    from wsgiref.handlers import CGIHandler
    # It keeps the sys.stdout that it is made with.
    sys.stdout = sys.__stdout__
    handler = CGIHandler()
    sys.stdout = sys.stderr
    handler.run(application)
else:
    class Server(WSGIServer):
        """flup's, which takes the server's word for what was asked."""

        def _sanitizeEnv(self, environ):
            # flup would make up a PATH_INFO from the escaped address.
            for name in 'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING':
                environ.setdefault(name, '')

    # Apache gets at the socket by its group, and nobody else.
    Server(application, bindAddress='/run/myapp/fastcgi.sock', umask=int('0117', 8)).run()
