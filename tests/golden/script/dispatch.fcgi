#!/usr/local/pythonenv/hello/bin/python
# -*- coding: utf-8 -*-
# FastCGI script of 'hello', at 'http://localhost/hello'
# Written by modwsgideploy 1.0.0 for Apache 2.4 and mod_fcgid.
import os
import sys

VIRTUALENV = '/usr/local/pythonenv/hello'


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
os.environ['PYTHON_EGG_CACHE'] = '/usr/local/pythonenv/hello/python-eggs'

site_packages = needed(
    os.path.join(VIRTUALENV, 'lib', 'python%d.%d' % sys.version_info[:2],
                 'site-packages'),
    'virtualenv for the Python of this server')

sys.path.insert(0, '/usr/local/turbogears/hello')

os.chdir('/usr/local/turbogears/hello')
os.umask(int('0027', 8))

# As a CGI script, or in a shell, it answers one request.
ONCE = 'REQUEST_METHOD' in os.environ
if not ONCE:
    import stat
    ONCE = not stat.S_ISSOCK(os.fstat(0).st_mode)
if ONCE:
    for name, value in (
            ('REQUEST_METHOD', 'GET'), ('SCRIPT_NAME', '/hello'),
            ('PATH_INFO', '/'), ('SERVER_PROTOCOL', 'HTTP/1.0'),
            ('SERVER_NAME', 'localhost'), ('SERVER_PORT', '80')):
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

import types

# The project's own script, run as it is.
script = types.ModuleType('wsgi_script')
script.__file__ = needed('/usr/local/turbogears/hello/hello.wsgi', 'WSGI script of the project')
sys.modules[script.__name__] = script
with open(script.__file__, 'rb') as stream:
    exec(compile(stream.read(), script.__file__, 'exec'), script.__dict__)

application = script.application

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

    Server(application, multiprocess=True).run()
