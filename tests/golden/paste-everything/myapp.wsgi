# -*- coding: utf-8 -*-
# WSGI script of 'myapp', at 'http://app.example.com/a b'
# Written by modwsgideploy 1.0.0; Apache's configuration beside it runs it.
import os
import sys

CONFIG = '/etc/shop/shop.conf'
VIRTUALENV = '/usr/local/pythonenv/myapp'
ENV_FILE = '/etc/shop/the env'


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

os.environ['GREETING'] = 'Grüße, "world"'
os.environ['EMPTY'] = ''
# Where packages that are still zipped unpack their libraries, instead of in
# .python-eggs in the home directory of the process's user.
os.environ['PYTHON_EGG_CACHE'] = '/var/cache/eggs'

site_packages = needed(
    os.path.join(VIRTUALENV, 'lib', 'python%d.%d' % sys.version_info[:2],
                 'site-packages'),
    'virtualenv for the Python of this server')
# Layer the virtualenv on top: what it holds wins over what was there before.
import site
before = list(sys.path)
# So it is inside of the namespace packages that .pth files have made.
namespaces = [(name, module.__path__, list(module.__path__))
              for name, module in list(sys.modules.items())
              if getattr(module, '__path__', None)
              and not getattr(module, '__file__', None)]
site.addsitedir(site_packages)
sys.path[:] = [path for path in sys.path if path not in before] + before
for name, paths, older in namespaces:
    paths[:] = [os.path.join(path, *name.split('.')) for path in sys.path
                if path not in before] + [
                    path for path in paths if path not in older] + older

sys.path.insert(0, '/srv/more python')
sys.path.insert(0, '/usr/local/turbogears/myapp')

# Code of one's own, which runs before the application is loaded.
INIT = '/usr/local/turbogears/myapp/start up.py'
with open(needed(INIT, 'init file'), 'rb') as stream:
    exec(compile(stream.read(), INIT, 'exec'),
         {'__name__': 'init', '__file__': INIT})

needed(CONFIG, 'Paste configuration')
GLOBAL_CONF = {
    'db_host': '10.0.0.7',
    'title': "Grüße, 'all'",
}


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
        fileConfig(CONFIG, dict(
            GLOBAL_CONF, __file__=CONFIG.replace('%', '%%'),
            here=os.path.dirname(CONFIG).replace('%', '%%'),
        ), disable_existing_loggers=False)


set_up_logging()

from paste.deploy import loadapp

application = loadapp('config:/etc/shop/shop.conf', name='admin', global_conf=GLOBAL_CONF)


def warm_up(path):
    """Make one request, so that the application is ready for the first."""
    from wsgiref.util import setup_testing_defaults

    environ = {'SCRIPT_NAME': '/a b', 'PATH_INFO': path,
               'HTTP_HOST': 'app.example.com', 'SERVER_NAME': 'app.example.com'}
    setup_testing_defaults(environ)
    result = application(environ, lambda *args: lambda data: None)
    try:
        for _ in result:
            pass
    finally:
        if hasattr(result, 'close'):
            result.close()


try:
    warm_up('/')
except Exception:
    import traceback
    traceback.print_exc()


def telling_queue_time(application):
    """Tell Apache, for its log, how long each request waited for a process.

    Apache takes the header out again.
    """
    def microseconds(value):
        # From mod_wsgi 6 on a float, of seconds.
        return int(value * 1000000 if isinstance(value, float) else value)

    def told(environ, start_response):
        try:
            waited = (microseconds(environ['mod_wsgi.daemon_start'])
                      - microseconds(environ['mod_wsgi.queue_start']))
        except (KeyError, ValueError):
            return application(environ, start_response)

        def start(status, headers, *exc_info):
            return start_response(status, list(headers) + [
                ('X-Queue-Time', str(waited))], *exc_info)

        return application(environ, start)

    return told


application = telling_queue_time(application)
