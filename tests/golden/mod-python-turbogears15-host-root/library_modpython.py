# -*- coding: utf-8 -*-
# mod_python launcher of 'library', at 'http://wiki.example.com/'
# Written by modwsgideploy 1.0.0.  The gateway runs it once in each of
# Apache's processes, as Apache's configuration beside it says.
import os
import sys

CONFIG = '/usr/local/turbogears/library/prod.cfg'
VIRTUALENV = '/usr/local/pythonenv/library'


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
os.environ['PYTHON_EGG_CACHE'] = '/usr/local/pythonenv/library/python-eggs'

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

sys.path.insert(0, '/usr/local/turbogears/library')

# TurboGears logs to sys.stdout, which need not lead to any log here.
sys.stdout = sys.stderr

import turbogears
import turbogears.controllers
import turbogears.startup

# One call for both: the file may use what the package's config defines.
turbogears.update_config(
    configfile=needed(CONFIG, 'TurboGears configuration'),
    modulename='library.config')
# "embedded" is CherryPy's production environment without a web server, and
# without an engine to stop.  SCRIPT_NAME, not server.webpath, is what counts.
turbogears.config.update({'global': {
    'environment': 'embedded',
    'engine.autoreload_on': False,
    'server.webpath': '',
    # Apache says what host was asked for; the tool would take one from a
    # proxy in front of Apache and, where there is none, say 127.0.0.1.
    'tools.proxy.on': False,
}})

import library.controllers

application = turbogears.startup.start_server(library.controllers.Root())
# None stands for the SCRIPT_NAME of each request.
application.script_name = None


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
    from peak.rules.core import Dispatching
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


def fixuphandler(req):
    """The PythonFixupHandler: what there is to do has been done above."""
    return 0
