# -*- coding: utf-8 -*-
# Application server of 'myapp', at 'http://a.example/'
# Written by modwsgideploy 1.0.0 for Apache 2.4 and granian.
"""Run the application of the script beside it under 'granian'.

It listens on the socket that systemd holds, or without systemd on one of its
own.  With each request Apache sends the header Modwsgideploy, which says what
only Apache knows: scheme, client, port, host, path and user.  The application
is told that, and never what a visitor makes up about a proxy.
"""
import asyncio
import os
import socket
import sys

# The application imports nothing from here.
sys.path[:] = [path for path in sys.path if os.path.realpath(path or '.')
               != os.path.dirname(os.path.realpath(__file__))]
# What is printed belongs into the log, at once.
sys.stdout = sys.stderr

SCRIPT = '/usr/local/turbogears/myapp/apache/myapp.wsgi'
ADDRESS = '/run/myapp/http.sock'
PROCESSES = 2
# Seconds that requests have to finish in a process that is to stop.
GRACEFUL = 15
MOUNT = ''
TEST_PAGE = '/usr/local/turbogears/myapp/apache/test.wsgi'
PROXIES = []

os.chdir('/usr/local/turbogears/myapp')
os.umask(int('0027', 8))
# systemd is told when the application is loaded, and not before.
NOTIFY = os.environ.pop('NOTIFY_SOCKET', '')
if NOTIFY:
    # Under this name processes that are no forks find it.
    os.environ['MODWSGIDEPLOY_NOTIFY'] = NOTIFY
NOTIFY = os.environ.get('MODWSGIDEPLOY_NOTIFY', '')


def listening():
    """The socket that systemd holds, or a new one."""
    family = socket.AF_UNIX if isinstance(ADDRESS, str) else socket.AF_INET
    held = os.environ.pop('LISTEN_FDS', '')
    if os.environ.pop('LISTEN_PID', '') == str(os.getpid()) and held == '1':
        given = socket.fromfd(3, family, socket.SOCK_STREAM)
        # The installed unit may still have the address of before.
        family = (socket.AF_INET if isinstance(given.getsockname(), tuple)
                  else socket.AF_UNIX)
        return socket.fromfd(3, family, socket.SOCK_STREAM)
    listener = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_UNIX:
        import grp
        import stat
        if os.path.exists(ADDRESS) and stat.S_ISSOCK(os.stat(ADDRESS).st_mode):
            os.unlink(ADDRESS)
        if not os.path.isdir(os.path.dirname(ADDRESS)):
            os.makedirs(os.path.dirname(ADDRESS), 0o755)
        listener.bind(ADDRESS)
        # Apache gets at it by its group, and nobody else.
        os.chmod(ADDRESS, 0o660)
        try:
            os.chown(ADDRESS, -1, grp.getgrnam('www-data').gr_gid)
        except (KeyError, OSError):
            pass    # then it runs as Apache's user, or in its group
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(ADDRESS)
    listener.listen(4096)
    return listener


def tell_systemd(message):
    """Send systemd a message, if it listens (sd_notify(3))."""
    if NOTIFY:
        teller = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        teller.connect('\0' + NOTIFY[1:] if NOTIFY[0] == '@' else NOTIFY)
        teller.sendall(message)
        teller.close()


def load():
    """The application, run in a worker; Apache's word stands behind it."""
    try:
        application = script(SCRIPT, 'wsgi_script')
    except BaseException:
        import traceback
        traceback.print_exc()
        sys.stderr.write('the application does not load, so its server ends\n')
        sys.stderr.flush()
        raise
    tell_systemd(b'READY=1')
    return asgi(application)


def script(path, name):
    """The application that the file at path defines."""
    import types
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    with open(path, 'rb') as stream:
        exec(compile(stream.read(), path, 'exec'), module.__dict__)
    return module.application


# What the application is told.

# What visitors say who pretend to be a proxy; Apache tells what a proxy says.
FORGED = ('FORWARDED', 'X_FORWARDED_FOR', 'X_FORWARDED_HOST', 'X_FORWARDED_BY',
          'X_FORWARDED_PROTO', 'X_FORWARDED_PROTOCOL', 'X_FORWARDED_SCHEME',
          'X_FORWARDED_SSL', 'X_FORWARDED_PORT', 'X_FORWARDED_SERVER',
          'X_FORWARDED_PREFIX', 'X_FORWARDED_PATH', 'X_SCHEME', 'X_URL_SCHEME',
          'X_REAL_IP', 'X_CLIENT_IP', 'X_SCRIPT_NAME', 'SCRIPT_NAME',
          'PATH_INFO', 'FRONT_END_HTTPS', 'PROXY')
# Some servers would do as it says, and the others wait.
ENDED = 'the application called sys.exit() to answer a request'
try:
    from urllib.parse import unquote_to_bytes
except ImportError:
    from urllib import unquote as unquote_to_bytes


def unquoted(word):
    """What Apache has escaped: text, or bytes."""
    return unquote_to_bytes(word) if '%' in word else word


def text(found):
    """It as text in which a byte is a character."""
    return found if isinstance(found, str) else found.decode('latin-1')


class Told(object):
    """What Apache says of one request, and proxies in front of it."""

    def __init__(self, header):
        # The end of what is empty is not sent.
        words = (header + 4 * ' ').split(' ')
        self.scheme, self.client, self.client_port, self.port, self.name = (
            words[:5])
        self.path, self.user = unquoted(words[5]), text(unquoted(words[6]))
        self.host = ''




def asgi(application):
    """application, which sees a request as Apache does (ASGI 3)."""
    from a2wsgi import WSGIMiddleware
    page = WSGIMiddleware(
        lambda environ, start_response:
        script(TEST_PAGE, 'test_page')(environ, start_response))

    async def answer(scope, receive, send):
        if scope['type'] not in ('http', 'websocket'):
            await application(scope, receive, send)
            return
        kept, header = [], None
        for name, value in scope['headers']:
            known = name.decode('latin-1').upper().replace('-', '_')
            if name == b'modwsgideploy':
                header = value.decode('latin-1')
            elif b'_' not in name and known not in FORGED:
                kept.append((name, value))
        if not header:
            await refuse(scope, send)
            return
        has_body = any(name in (b'content-length', b'transfer-encoding')
                       for name, _ in kept)
        scope = dict(scope, headers=kept, root_path=MOUNT)
        tell(scope, Told(header))
        if scope['type'] == 'http' and scope['path'] == (
                MOUNT + '/' + os.path.basename(TEST_PAGE)):
            scope['root_path'] = scope['path']
            await page(scope, receive, send)
            return
        body = Body(receive, send) if has_body else None
        if body:
            receive, send = body.receive, body.send
        try:
            await application(scope, receive, send)
        except (Exception, SystemExit) as error:
            if body:
                await body.drop()
            if isinstance(error, SystemExit):
                raise RuntimeError(ENDED)
            raise

    return answer


class Body(object):
    """A request, of which all is read before its answer is sent.

    Apache reads the answer once it has sent all of the request, and finds
    none where the server has hung up before.
    """

    def __init__(self, receive, send):
        self._receive, self._send = receive, send
        self._is_read, self._readers, self._news = False, 0, asyncio.Event()
        self._kept, self._left = None, 0

    async def receive(self):
        """The next message for the application."""
        if self._kept:
            piece = self._kept.read(65536)
            self._left -= len(piece)
            if not self._left:
                self._kept = None
            return {'type': 'http.request', 'body': piece,
                    'more_body': self._left > 0}
        self._readers += 1
        try:
            message = await self._receive()
            self._is_read = self._is_read or not message.get('more_body')
        finally:
            self._readers -= 1
            self._news.set()
        return message

    async def send(self, message):
        """Send a message of the application's."""
        if message['type'] == 'http.response.body':
            if not message.get('more_body'):
                await self.drop()
            elif message.get('body'):
                await self.keep()
        await self._send(message)

    async def drop(self):
        """Read what the application has not."""
        while not self._is_read:
            await self._next()

    async def keep(self):
        """The same, and the application can still receive it."""
        import tempfile
        kept = None
        while not self._is_read:
            message = await self._next()
            if message:
                kept = kept or tempfile.SpooledTemporaryFile(500000)
                kept.write(message.get('body', b''))
        if kept:
            self._left = kept.tell()
            kept.seek(0)
            self._kept = kept

    async def _next(self):
        """A message; None where the application was waiting for it."""
        if not self._readers:
            return await self.receive()
        self._news.clear()
        await self._news.wait()


async def refuse(scope, send):
    """Answer somebody who has not asked Apache."""
    if scope['type'] == 'websocket':
        await send({'type': 'websocket.close', 'code': 1008})
        return
    await send({'type': 'http.response.start', 'status': 400,
                'headers': [(b'content-type', b'text/plain')]})
    await send({'type': 'http.response.body',
                'body': b'Ask Apache, which alone says who you are.\n'})


def tell(scope, told):
    """Put what Apache says into an ASGI scope."""
    from urllib.parse import quote
    path = told.path if isinstance(told.path, bytes) else told.path.encode(
        'latin-1')
    scope['path'] = path.decode('utf-8', 'replace')
    scope['raw_path'] = quote(path, safe="/:@!$&'()*+,;=~").encode('ascii')
    scope['scheme'] = told.scheme.replace(
        'http', 'ws') if scope['type'] == 'websocket' else told.scheme
    scope['client'] = (told.client, int(told.client_port))
    scope['server'] = (told.name, int(told.port))
    if told.host:
        scope['headers'] = [
            (name, value) for name, value in scope['headers']
            if name != b'host'] + [(b'host', told.host.encode('latin-1'))]


# Of a process that is to stop: what it has accepted by then is read within
# this time, and answered.
SETTLED = 0.25


def stop_accepting():
    """Leave new connections to other processes, or those to come."""
    idle = socket.socket(socket.AF_UNIX)
    idle.bind(b'')    # a name that Linux makes up, and nobody knows
    idle.listen(1)
    idle.setblocking(False)
    for name in os.listdir('/dev/fd'):
        try:
            number = int(name)
            one = socket.fromfd(number, socket.AF_UNIX, socket.SOCK_STREAM)
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and (
                    number != idle.fileno()):
                # A server that still asks this one is never given any.
                os.dup2(idle.fileno(), number)
            one.close()
        except (OSError, ValueError):
            pass


def loaded(*target):
    """The application, in a worker of granian's."""
    import signal
    signal.signal(signal.SIGUSR1, lambda number, frame: stop_accepting())
    return load()


def serve(listener):
    """Run granian's processes on listener until they are told to stop."""
    import logging
    import multiprocessing
    import signal
    import time
    from pathlib import Path

    from granian.constants import HTTPModes, Interfaces
    from granian.server import Server
    from granian._granian import SocketHolder

    class Granian(Server):
        """granian with the socket that it is given."""

        def _init_shared_socket(self):
            self._ssp, self._sfd = None, listener.fileno()
            self._shd = holder(self._sfd, is_unix)
            self._sso = listener

        def _unlink_pidfile(self):
            """The socket outlives the process."""

        def _spawn_worker(self, *args, **kwargs):
            worker = super()._spawn_worker(*args, **kwargs)
            end = worker.terminate

            def terminate():
                try:
                    os.kill(worker._id(), signal.SIGUSR1)
                    time.sleep(SETTLED)
                except ProcessLookupError:
                    pass
                end()

            worker.terminate = terminate
            return worker

    def holder(*known):
        try:
            return SocketHolder(*(known + (4096,)))
        except TypeError:    # up to 2.5
            return SocketHolder(*known)

    # A process that is no fork would not have the socket.
    multiprocessing.set_start_method('fork')
    listener.set_inheritable(True)
    at = listener.getsockname()
    is_unix = isinstance(at, str)
    where = {'uds': Path(at)} if is_unix else {
        'address': at[0], 'port': at[1]}
    Granian(SCRIPT, interface=Interfaces.ASGI, workers=PROCESSES,
            http=HTTPModes.http1,
            # So long a new process has to load before an old one ends.
            respawn_interval=2.0, respawn_failed_workers=True, backlog=4096,
            workers_kill_timeout=GRACEFUL, **where).serve(target_loader=loaded)


if __name__ == '__main__':
    serve(listening())
