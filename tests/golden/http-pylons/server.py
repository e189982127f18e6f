# -*- coding: utf-8 -*-
# Application server of 'blog', at 'http://localhost/blog'
# Written by modwsgideploy 1.0.0 for Apache 2.4 and gunicorn.
"""Run the application of the script beside it under 'gunicorn'.

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

SCRIPT = '/usr/local/turbogears/blog/apache/blog.wsgi'
ADDRESS = '/run/blog/http.sock'
PROCESSES = 2
THREADS = 15
# Seconds that requests have to finish in a process that is to stop.
GRACEFUL = 15
MOUNT = '/blog'
MOST_BYTES = 10485760
PROXIES = []

os.chdir('/usr/local/turbogears/blog')
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


def serve(listener):
    """Run gunicorn's processes on listener until they are told to stop."""
    from gunicorn.app.base import BaseApplication

    # As systemd hands it over (sd_listen_fds(3)): gunicorn leaves it alone.
    if listener.fileno() != 3:
        os.dup2(listener.fileno(), 3)
    os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()))
    settings = {
        'workers': PROCESSES, 'graceful_timeout': GRACEFUL,
        'worker_class': 'gthread', 'threads': THREADS,
        'timeout': 60, 'proc_name': 'blog', 'errorlog': '-',
        # Longer than Apache uses a connection again (ttl).
        'keepalive': 30,
        # Apache has its own limits; a header tells the escaped path.
        'limit_request_line': 0, 'limit_request_fields': 1000,
        'limit_request_field_size': 0,
        # Only what Apache says counts.
        'forwarded_allow_ips': '', 'secure_scheme_headers': {},
        'forwarder_headers': '', 'control_socket_disable': True}

    class Gunicorn(BaseApplication):
        """gunicorn, configured by nothing but the settings above."""

        def load_config(self):
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self):
            return load()

    Gunicorn().run()


if __name__ == '__main__':
    serve(listening())
