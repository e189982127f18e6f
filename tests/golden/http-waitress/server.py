# -*- coding: utf-8 -*-
# Application server of 'myapp', at 'http://localhost/a b'
# Written by modwsgideploy 1.0.0 for Apache 2.4 and waitress.
"""Run the application of the script beside it under 'waitress'.

It listens on the socket that systemd holds, or without systemd on one of its
own.  With each request Apache sends the header Modwsgideploy, which says what
only Apache knows: scheme, client, port, host, path and user.  The application
is told that, and never what a visitor makes up about a proxy.
"""
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
THREADS = 15
# Seconds that requests have to finish in a process that is to stop.
GRACEFUL = 15
MOUNT = '/a b'
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
            os.chown(ADDRESS, -1, grp.getgrnam('www').gr_gid)
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
        # It has collected a body that came in chunks.
        has_body = environ.get('CONTENT_LENGTH')
        if int(has_body or 0) > MOST_BYTES:
            start_response('413 Content Too Large',
                           [('Content-Type', 'text/plain')])
            return [b'The request is too large.\n']
        try:
            return application(environ, start_response)
        except SystemExit:
            raise RuntimeError(ENDED)

    return answer


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


def run(listener):
    """Serve in one process; SIGTERM lets it finish what it has begun."""
    import signal
    import time

    from waitress import create_server
    from waitress.channel import HTTPChannel
    from waitress.parser import HTTPRequestParser

    class Parser(HTTPRequestParser):
        """waitress's, which would wait for the body of any 100-continue."""

        def parse_header(self, header):
            HTTPRequestParser.parse_header(self, header)
            if not (self.chunked or self.content_length):
                self.expect_continue = False

    HTTPChannel.parser_class = Parser
    server = create_server(
        load(), sockets=[listener], threads=THREADS,
        connection_limit=1000, max_request_header_size=1000000,
        # A little too much is read, and answered; from more it hangs up.
        max_request_body_size=10485760 + 1000000, clear_untrusted_proxy_headers=True)
    stopped = []

    def finish(number, frame):
        if not stopped:
            stop_accepting()
            stopped.append(time.time())
        passed = time.time() - stopped[0]
        if passed > GRACEFUL:
            os._exit(0)    # waitress would wait for its threads
        if passed > SETTLED and not server.active_channels:
            raise SystemExit
        signal.setitimer(signal.ITIMER_REAL, 0.05)

    signal.signal(signal.SIGALRM, finish)
    signal.signal(signal.SIGTERM, finish)
    server.run()


def serve(listener):
    """Run the processes on listener until they are told to stop."""
    import signal

    children = []
    for _ in range(PROCESSES):
        child = os.fork()
        if not child:
            run(listener)
            sys.exit()
        children.append(child)

    def stop(number=None, frame=None):
        for child in children:
            try:
                os.kill(child, signal.SIGTERM)
            except OSError:
                pass

    status = []
    signal.signal(signal.SIGTERM, lambda *args: (status.append(0), stop()))
    signal.signal(signal.SIGINT, lambda *args: (status.append(0), stop()))
    while children:
        try:
            child, _ = os.wait()
        except OSError:
            continue
        children.remove(child)
        # One that ends by itself takes the others along; systemd starts all.
        if not status:
            status.append(1)
            stop()
    sys.exit(status[0])


if __name__ == '__main__':
    serve(listening())
