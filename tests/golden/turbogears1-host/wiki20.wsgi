# -*- coding: utf-8 -*-
# WSGI script of 'wiki20', at 'http://wiki.example.com/wiki20'
# Written by modwsgideploy 1.0.0; Apache's configuration beside it runs it.
import os
import sys

CONFIG = '/usr/local/turbogears/wiki20/prod.cfg'
VIRTUALENV = '/usr/local/pythonenv/wiki20'


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
os.environ['PYTHON_EGG_CACHE'] = '/usr/local/pythonenv/wiki20/python-eggs'

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

sys.path.insert(0, '/usr/local/turbogears/wiki20')

# TurboGears logs to sys.stdout, which need not lead to any log here.
sys.stdout = sys.stderr

import atexit
import logging
import signal

# CherryPy 2 takes the signal by which the server ends its processes, and the
# server would have to kill them.
set_handler = signal.signal
signal.signal = lambda number, handler: None
try:
    import cherrypy
finally:
    signal.signal = set_handler

import cherrypy._cpwsgi
import turbogears
import turbogears.controllers

# One call for both: the file may use what the package's config defines.
turbogears.update_config(
    configfile=needed(CONFIG, 'TurboGears configuration'),
    modulename='wiki20.config')
turbogears.config.update({'global': {
    'server.environment': 'production',
    'autoreload.on': False,
    'server.log_to_screen': False,
    # TurboGears 1.0 must be told; 1.1 would take it from SCRIPT_NAME.
    'server.webpath': '/wiki20',
    # Apache says what host was asked for; the filter would take one from a
    # proxy in front of Apache and, where there is none, say localhost.
    'base_url_filter.on': False,
}})

import wiki20.controllers

cherrypy.root = wiki20.controllers.Root()

messages = logging.getLogger('cherrypy.msg')
to_error_log = logging.StreamHandler(sys.stderr)


def stop():
    """Stop CherryPy's engine, without logging as an error that it did."""
    to_error_log.setLevel(logging.WARNING)
    cherrypy.server.stop()


# CherryPy's engine, without its web server.  Unless it is stopped, its
# threads keep the process from ending.
if cherrypy.server.state == 0:
    atexit.register(stop)
    cherrypy.server.start(init_only=True, server_class=None)

# CherryPy logs the traceback of an error as a mere message.  Where the
# configuration leads those nowhere, what was not expected goes to the error
# log of the server.
if not messages.isEnabledFor(logging.INFO):
    turbogears.config.update({'global': {'server.log_tracebacks': False}})
    messages.setLevel(logging.INFO)
    messages.addHandler(to_error_log)
    messages.propagate = False


def application(environ, start_response):
    """CherryPy's application, mounted below the root."""
    def start(status, headers, exc_info=None):
        # CherryPy 2 takes cookies apart at "\n" where Python has "\r\n"; of
        # several, each but the last would end in a "\r", which mod_wsgi and
        # mod_python refuse.
        return start_response(
            status, [(name, value.strip()) for name, value in headers],
            exc_info)

    # Some releases of TurboGears take server.webpath off the path, others
    # that and SCRIPT_NAME; joined like this, both leave what is meant.
    environ['PATH_INFO'] = (environ.get('SCRIPT_NAME', '')
                            + environ.get('PATH_INFO', ''))
    environ['SCRIPT_NAME'] = ''
    return cherrypy._cpwsgi.wsgiApp(environ, start)


def compile_rules():
    """Compile now what TurboGears would in the first request for each page.

    Whoever asks for that page at the same time would be told that it has no
    rules: 404, or 500.
    """
    import gc
    import types

    for page in gc.get_objects():
        if (type(page) is types.FunctionType and '_ruleinfo' in page.__dict__
                and not hasattr(page, '_expose')):
            turbogears.controllers._build_rules(page)
    try:
        from peak.rules.core import Dispatching
    except ImportError:
        # Up to TurboGears 1.0 it was RuleDispatch, with trees of nodes that
        # are made when they are first met.
        from dispatch.functions import Dispatcher
        nodes = [found._startNode() for found in gc.get_objects()
                 if issubclass(type(found), Dispatcher)]
        while nodes:
            node = nodes.pop()
            if node and node[1] and node[2] is None:
                node[2] = node[1](*node[3])
                nodes.extend(node[2].im_self.values())
        return
    for found in gc.get_objects():
        if (issubclass(type(found), Dispatching)
                and found.backup is not None):
            found._regenerate()


def display(self, *args, **kw):
    """A widget's first display, for any number of threads at once."""
    self.__dict__['_locked'] = True
    self.__dict__.pop('display', None)
    return self.__class__.display(self, *args, **kw)


def mend_first_display():
    """Let the first requests for a widget or a Genshi template come at once.

    TurboGears deletes the same attribute of a widget in each of them, and
    Genshi prepares a template in several at the same time: 500.
    """
    import threading

    from turbogears.widgets import meta
    meta.lockwidget.__code__ = display.__code__
    try:
        from genshi.template.base import Template
    except ImportError:
        return
    prepare, lock = Template._prepare_self, threading.RLock()

    def prepare_alone(*args, **kw):
        with lock:
            prepare(*args, **kw)

    Template._prepare_self = prepare_alone


for mend in compile_rules, mend_first_display:
    try:
        mend()
    except Exception:
        import traceback
        traceback.print_exc()
