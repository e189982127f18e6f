# -*- coding: utf-8 -*-
# Application server of 'myapp', at 'http://localhost/myapp'
# Written by modwsgideploy 1.0.0 for Apache 2.4 and granian.
"""Run the application of the script beside it under 'granian'.

It listens on the socket that systemd holds, or without systemd on one of its
own.  With each request Apache sends the header Modwsgideploy, which says what
only Apache knows: scheme, client, port, host, path and user.  The application
is told that, and never what a visitor makes up about a proxy.
"""
import io
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
PROCESSES = 1
THREADS = 15
# Seconds that requests have to finish in a process that is to stop.
GRACEFUL = 15
MOUNT = '/myapp'
MOST_BYTES = 10485760
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
    return wsgi(application)


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


def wsgi(application):
    """application, which sees a request as Apache does (PEP 3333)."""
    forged = ['HTTP_' + name for name in FORGED]
    # Text as a server has it: a byte is a character.
    mount = MOUNT if isinstance(MOUNT, bytes) else MOUNT.encode(
        'utf-8').decode('latin-1')

    def answer(environ, start_response):
        for name in forged:
            environ.pop(name, None)
        header = environ.pop('HTTP_MODWSGIDEPLOY', None)
        if not header:
            start_response('400 Bad Request', [('Content-Type', 'text/plain')])
            return [b'Ask Apache, which alone says who you are.\n']
        told = Told(header)
        path = text(told.path)[len(mount):]
        environ.update({
            'SCRIPT_NAME': mount, 'PATH_INFO': path,
            'wsgi.url_scheme': told.scheme, 'REQUEST_SCHEME': told.scheme,
            'REMOTE_ADDR': told.client, 'REMOTE_PORT': told.client_port,
            'SERVER_NAME': told.name,
            'SERVER_PORT': told.port, 'wsgi.multiprocess': PROCESSES > 1,
            'wsgi.multithread': THREADS > 1})
        for name, value in (('HTTPS', told.scheme == 'https' and 'on'),
                            ('REMOTE_USER', told.user),
                            ('HTTP_HOST', told.host)):
            if value:
                environ[name] = value
        environ.pop('HTTP_CONNECTION', None)
        has_chunks = environ.pop('HTTP_TRANSFER_ENCODING', None)
        has_body = has_chunks or environ.get('CONTENT_LENGTH')
        if has_chunks and not collected(environ):
            start_response('413 Content Too Large',
                           [('Content-Type', 'text/plain')])
            return [b'The request is too large.\n']
        cookie = environ.pop('HTTP_MODWSGIDEPLOY_COOKIE', None)
        if cookie:
            environ['HTTP_COOKIE'] = text(unquoted(cookie))
        if not has_body:
            environ['wsgi.input'] = io.BytesIO()
        body = Body(environ['wsgi.input']) if has_body else None
        if body:
            environ['wsgi.input'] = io.BufferedReader(body)
        try:
            parts = application(environ, start_response)
        except BaseException as error:
            if body:
                body.drop()
            if isinstance(error, SystemExit):
                raise RuntimeError(ENDED)
            raise
        if body and not isinstance(parts, list):
            return Parts(parts, body)
        if body:
            body.drop()
        return parts

    return answer


class Body(io.RawIOBase):
    """A request, as a file for the application.

    Apache reads the answer once it has sent all of the request, and finds
    none where the server has hung up before.
    """

    def __init__(self, body):
        self.body = body

    def readable(self):
        return True

    def readinto(self, buffer):
        found = self.body.read(len(buffer))
        buffer[:len(found)] = found
        return len(found)

    def drop(self):
        """Read what the application has not."""
        while self.body.read(65536):
            pass

    def keep(self):
        """The same, and the application can still read it."""
        import shutil
        import tempfile
        kept = tempfile.SpooledTemporaryFile(500000)
        shutil.copyfileobj(self.body, kept, 65536)
        kept.seek(0)
        self.body = kept


class Parts(object):
    """Parts of an answer, for which Apache waits until its request is read."""

    def __init__(self, parts, body):
        self.parts, self.body = parts, body

    def __iter__(self):
        parts = iter(self.parts)
        for part in parts:
            if part:
                self.body.keep()
            yield part
            if part:
                break
        for part in parts:
            yield part

    def close(self):
        """Tell the application that it is done."""
        try:
            if hasattr(self.parts, 'close'):
                self.parts.close()
        finally:
            self.body.drop()


def collected(environ):
    """Give a body that comes in chunks its length; False if it is too long."""
    import tempfile
    body, size = tempfile.SpooledTemporaryFile(500000), 0
    while True:
        piece = environ['wsgi.input'].read(65536)
        size += len(piece)
        if not piece:
            break
        if size <= MOST_BYTES:
            body.write(piece)
    if size > MOST_BYTES:
        return False
    body.seek(0)
    environ['wsgi.input'], environ['CONTENT_LENGTH'] = body, str(size)
    return True


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


class Answers(object):
    """What its server leaves to do of PEP 3333, for one answer."""

    def __init__(self, start_response):
        self.start_response, self.begun = start_response, None
        self.written, self.parts, self.left = [], None, None

    def start(self, status, headers, exc_info=None):
        """start_response; an error replaces what has not been sent yet."""
        if exc_info and self.start_response is None:
            raise exc_info[1].with_traceback(exc_info[2])
        self.begun = status, [
            (name, value if value.isascii() else as_granian_sends(value))
            for name, value in headers]
        return self.written.append

    def send_headers(self):
        """Start the answer."""
        self.start_response(*self.begun)
        self.start_response = None

    def of(self, parts):
        """The answer itself, once the application has returned it."""
        if isinstance(parts, list):
            self.send_headers()
            return self.written + parts if self.written else parts
        self.parts, self.left = parts, iter(parts)
        try:
            while not any(self.written):
                self.written.append(next(self.left))
        except StopIteration:
            pass
        except BaseException:
            self.close()
            raise
        self.send_headers()
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return self.written.pop(0) if self.written else next(self.left)

    def close(self):
        """Tell the application that it is done."""
        if hasattr(self.parts, 'close'):
            self.parts.close()


def as_granian_sends(value):
    """A header such that granian, which writes UTF-8, sends its bytes."""
    try:
        return value.encode('latin-1').decode('utf-8')
    except UnicodeError:
        return value


def with_pep_3333(application):
    """The application, for a server that leaves some of it to do."""
    def answer(environ, start_response):
        answers = Answers(start_response)
        return answers.of(application(environ, answers.start))
    return answer


def loaded(*target):
    """The application, in a worker of granian's."""
    import signal
    signal.signal(signal.SIGUSR1, lambda number, frame: stop_accepting())
    return with_pep_3333(load())


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

    # It warns of every number of threads above twice that of processors.
    logging.getLogger('_granian').addFilter(
        lambda record: 'spawning up to' not in record.getMessage())
    # A process that is no fork would not have the socket.
    multiprocessing.set_start_method('fork')
    listener.set_inheritable(True)
    at = listener.getsockname()
    is_unix = isinstance(at, str)
    where = {'uds': Path(at)} if is_unix else {
        'address': at[0], 'port': at[1]}
    Granian(SCRIPT, interface=Interfaces.WSGI, workers=PROCESSES,
            http=HTTPModes.http1,
            blocking_threads=THREADS, websockets=False,
            # So long a new process has to load before an old one ends.
            respawn_interval=2.0, respawn_failed_workers=True, backlog=4096,
            workers_kill_timeout=GRACEFUL, **where).serve(target_loader=loaded)


if __name__ == '__main__':
    serve(listening())
