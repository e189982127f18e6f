# -*- coding: utf-8 -*-
# WSGI script of 'myapp', at 'http://localhost/myapp'
# Written by modwsgideploy 1.0.0; Apache's configuration beside it runs it.
import os
import sys

VIRTUALENV = '/home/me/venv'


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
os.environ['PYTHON_EGG_CACHE'] = '/home/me/venv/python-eggs'

site_packages = needed(
    os.path.join(VIRTUALENV, 'lib', 'python%d.%d' % sys.version_info[:2],
                 'site-packages'),
    'virtualenv for the Python of this server')

sys.path.insert(0, '/home/me/myapp')

import asyncio
import threading

import main
from a2wsgi import ASGIMiddleware


async def start(asgi_application):
    """Tell the application that it starts, as an ASGI server does."""
    answered = asyncio.Event()
    failures = []

    async def receive():
        if answered.is_set():
            await asyncio.Event().wait()    # it is never told to stop
        return {'type': 'lifespan.startup'}

    async def send(message):
        if message['type'] == 'lifespan.startup.failed':
            failures.append(message.get('message') or 'it does not say why')
        answered.set()

    async def run():
        try:
            await asgi_application(
                {'type': 'lifespan', 'asgi': {'version': '3.0'}},
                receive, send)
        except Exception:
            if answered.is_set():
                raise
            # It has nothing to do when it starts, and says so like this.
        finally:
            answered.set()

    task = asyncio.ensure_future(run())
    await answered.wait()
    if failures:
        raise RuntimeError('the application does not start: ' + failures[0])
    return task

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
started = asyncio.run_coroutine_threadsafe(
    start(main.app), loop).result()
application = ASGIMiddleware(main.app, loop=loop)
