# -*- coding: utf-8 -*-
# WSGI script of 'myapp', at 'http://localhost/myapp'
# Written by modwsgideploy 1.0.0; server.py beside it runs it.
import os
import sys



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


sys.path.insert(0, '/usr/local/turbogears/myapp')

import main

application = main.app
