# -*- coding: utf-8 -*-
# WSGI script of 'mysite', at 'http://localhost/mysite'
# Written by modwsgideploy 1.0.0; Apache's configuration beside it runs it.
import os
import sys

VIRTUALENV = '/usr/local/pythonenv/mysite'


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
os.environ['PYTHON_EGG_CACHE'] = '/usr/local/pythonenv/mysite/python-eggs'

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

sys.path.insert(0, '/usr/local/turbogears/mysite')

import mysite.wsgi

application = mysite.wsgi.application
