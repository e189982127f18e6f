#!/bin/sh
# -*- coding: utf-8 -*-
'''exec' '/home/me/an env/bin/python' "$0" "$@"
' '''
# To the shell the two lines above start the virtualenv's Python, whose path
# does not fit into a first line; to Python they are a string.
# FastCGI script of 'myapp', at 'http://localhost/shop'
# Written by modwsgideploy 1.0.0 for Apache 2.4 and mod_fcgid.
import os
import sys

CONFIG = '/home/me/apps/myapp/production.ini'
VIRTUALENV = '/home/me/an env'
ENV_FILE = '/home/me/apps/myapp/.env'


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


import re

ENV_LINE = re.compile(br'''[ \t]*(?:\#[^\r\n]*(?<!\\)|
    (?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:
        '(?P<plain>[^'\\]*)'
        |"(?P<quoted>(?:[^"\\]|\\["\\])*)"
        |(?P<bare>(?:[^\s'"\#\\][^\s\\]*(?:[ \t]+[^\s\#\\][^\s\\]*)*)?)
    )[ \t]*)?\r?(?:\n|\Z)''', re.VERBOSE)


def parse_env_file(text):
    """Return the pairs of name and value, as bytes, that all readers of such
    files agree on; ValueError names the line of anything else."""
    pairs, position = [], 0
    while position < len(text):
        line = 'line %d ' % (text.count(b'\n', 0, position) + 1)
        match = ENV_LINE.match(text, position)
        if not match:
            raise ValueError(line + 'is no plain NAME=VALUE, NAME=\'VALUE\''
                             ' or NAME="VALUE"')
        position = match.end()
        if not match.group('name'):
            continue
        value = match.group('plain') or match.group('bare') or (
            match.group('quoted') or b'').replace(
                b'\\"', b'"').replace(b'\\\\', b'\\')
        if b'${' in value or b'\0' in value:
            raise ValueError(line + 'has ${, which some replace, or a null')
        try:
            value.decode('utf-8')
        except ValueError:
            raise ValueError(line + 'is no UTF-8')
        pairs.append((match.group('name'), value))
    return pairs


def read_env_file(path):
    """Set the variables of the file, and return their names; it is refused
    where everybody can read it."""
    with open(needed(path, 'env file'), 'rb') as stream:
        mode = os.fstat(stream.fileno()).st_mode & int('0777', 8)
        text = stream.read()
    problem = mode & 6 and 'everybody can read or write it, mode %04o' % mode
    try:
        pairs = parse_env_file(text)
    except ValueError as error:
        problem = problem or error
    if problem:
        raise IOError('refused to read %s, the env file: %s' % (
            path, problem))
    getattr(os, 'environb', os.environ).update(pairs)
    return [str(name.decode('ascii')) for name, _ in pairs]


ENV_NAMES = read_env_file(ENV_FILE)
# Where packages that are still zipped unpack their libraries, instead of in
# .python-eggs in the home directory of the process's user.
os.environ['PYTHON_EGG_CACHE'] = '/home/me/an env/python-eggs'

site_packages = needed(
    os.path.join(VIRTUALENV, 'lib', 'python%d.%d' % sys.version_info[:2],
                 'site-packages'),
    'virtualenv for the Python of this server')

sys.path.insert(0, '/home/me/apps/myapp')

os.chdir('/home/me/apps/myapp')
os.umask(int('0027', 8))

# As a CGI script, or in a shell, it answers one request.
ONCE = 'REQUEST_METHOD' in os.environ
if not ONCE:
    import stat
    ONCE = not stat.S_ISSOCK(os.fstat(0).st_mode)
if ONCE:
    for name, value in (
            ('REQUEST_METHOD', 'GET'), ('SCRIPT_NAME', '/shop'),
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

# Code of one's own, which runs before the application is loaded.
INIT = '/home/me/apps/myapp/init.py'
with open(needed(INIT, 'init file'), 'rb') as stream:
    exec(compile(stream.read(), INIT, 'exec'),
         {'__name__': 'init', '__file__': INIT})

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

application = loadapp('config:/home/me/apps/myapp/production.ini')


def mounted(application, script='/' + os.path.basename(__file__)):
    """The application where its URLs are: the rewrite rules add script."""
    def answer(environ, start_response):
        name = environ.get('SCRIPT_NAME', '')
        if name.endswith(script):
            environ['SCRIPT_NAME'] = name[:-len(script)]
        return application(environ, start_response)
    return answer


application = mounted(application)

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
