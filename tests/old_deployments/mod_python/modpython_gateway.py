"""A WSGI gateway (PEP 3333) for mod_python 3.3 and later.

Apache's configuration names ``handler`` as PythonHandler, the application in
``PythonOption wsgi.application MODULE::CALLABLE``, and has ``load`` evaluated
by PythonPath.  Valid on Python 2.7 and 3.
"""

import atexit
import os
import sys
import traceback
import types

from mod_python import apache

BLOCK = 65536


def load(path):
    """Run the launcher at path as a module; return what sys.path is then.

    mod_python evaluates PythonPath once in a process, while all other
    requests wait.  It does not wait for a module that another request still
    imports: without this, the first requests of a busy server would find
    half an application.
    """
    name = os.path.splitext(os.path.basename(path))[0].replace('.', '_')
    # Needed for nothing but to find this file.
    sys.path.remove(os.path.dirname(path))
    if name in sys.modules:
        raise ImportError(
            'there are two launchers called %s in one interpreter; deploy one'
            ' with another --name' % name)
    module = types.ModuleType(name)
    module.__file__ = path
    # What is printed belongs into the error log.
    sys.stdout = sys.stderr
    with open(path, 'rb') as stream:
        code = compile(stream.read(), path, 'exec')
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    # Python is not told when Apache ends its process.
    apache.register_cleanup(lambda data: atexit._run_exitfuncs())
    return sys.path


def handler(req):
    """Answer one request (PythonHandler); a status of Apache's."""
    coding = native(req.headers_in.get, 'Transfer-Encoding')
    if coding and coding.lower() != 'identity':
        # mod_python cannot read it, and WSGI has no way to say its size.
        return apache.HTTP_LENGTH_REQUIRED
    environ = make_environ(req)
    status = environ['wsgi.input'].begin()
    if status != apache.OK:
        return status
    response = Response(req, environ['wsgi.errors'])
    try:
        response.run(find_application(req), environ)
    except ClientGone:
        return response.ended(apache.HTTP_REQUEST_TIME_OUT)
    except Exception:
        return response.failed()
    return apache.OK


def find_application(req):
    """The application that PythonOption wsgi.application names."""
    name, _, path = native(
        req.get_options().get, 'wsgi.application').partition('::')
    __import__(name)
    found = sys.modules[name]
    for part in (path or 'application').split('.'):
        found = getattr(found, part)
    return found


def native(read, *args):
    """What read(*args) returns, as WSGI has text: bytes as latin-1.

    On Python 3 mod_python decodes what Apache has as UTF-8.
    """
    try:
        value = read(*args)
    except UnicodeDecodeError as error:
        value = error.object
    if value is None:
        return ''
    if str is bytes:
        return value
    if not isinstance(value, bytes):
        value = value.encode('utf-8')
    return value.decode('latin-1')


def make_environ(req):
    """The WSGI environ of a request."""
    def of_request(name):
        return native(getattr, req, name)

    req.add_common_vars()
    variables = req.subprocess_env
    names = variables.keys()
    environ = {str(name): native(variables.get, name) for name in names}
    uri, path_info = of_request('uri'), of_request('path_info')
    environ.update({
        'REQUEST_METHOD': of_request('method'),
        'SCRIPT_NAME': uri[:len(uri) - len(path_info)],
        'PATH_INFO': path_info,
        'QUERY_STRING': of_request('args'),
        'REQUEST_URI': of_request('unparsed_uri'),
        'SERVER_PROTOCOL': of_request('protocol'),
        'GATEWAY_INTERFACE': 'CGI/1.1',
        'wsgi.version': (1, 0),
        'wsgi.url_scheme': 'https' if environ.get('HTTPS', '').lower() in (
            'on', '1', 'yes') else 'http',
        'wsgi.input': Input(req, int(environ.get('CONTENT_LENGTH') or 0)),
        'wsgi.errors': Errors(req),
        'wsgi.multithread': bool(
            apache.mpm_query(apache.AP_MPMQ_IS_THREADED)),
        'wsgi.multiprocess': apache.mpm_query(
            apache.AP_MPMQ_MAX_DAEMONS) != 1,
        'wsgi.run_once': False,
    })
    return environ


class ClientGone(IOError):
    """The client went away, or was too slow."""


class Input:
    """wsgi.input: what is left of a body of so many bytes."""

    def __init__(self, req, length):
        self._req = req
        self._left = length
        self._buffer = b''

    def begin(self):
        """Read a first block; the status of Apache's that this leads to.

        What LimitRequestBody forbids is not the application's affair.
        """
        try:
            if self._left:
                self._fill()
        except ClientGone:
            return apache.HTTP_REQUEST_TIME_OUT
        except Exception as error:
            # It may be of the class that another interpreter has.
            if type(error).__name__ != 'SERVER_RETURN':
                raise
            return error.args[0]
        return apache.OK

    def _fill(self):
        """Add a block to the buffer; whether there was one."""
        try:
            block = self._req.read(min(BLOCK, self._left))
        except IOError as error:
            raise ClientGone(str(error))
        self._left = self._left - len(block) if block else 0
        self._buffer += block
        return bool(block)

    def _take(self, size):
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def read(self, size=-1):
        """size bytes, or all that is left."""
        if size is None or size < 0:
            size = len(self._buffer) + self._left
        pieces = [self._take(size)]
        size -= len(pieces[0])
        while size and self._left and self._fill():
            pieces.append(self._take(size))
            size -= len(pieces[-1])
        return b''.join(pieces)

    def readline(self, size=-1):
        """One line, or its first size bytes."""
        if size is None or size < 0:
            size = len(self._buffer) + self._left
        searched = 0
        while len(self._buffer) < size:
            if self._buffer.find(b'\n', searched) >= 0:
                break
            searched = len(self._buffer)
            if not self._left or not self._fill():
                break
        end = self._buffer.find(b'\n', 0, size) + 1
        return self._take(end or size)

    def readlines(self, hint=-1):
        """All lines; fewer once they have hint bytes."""
        lines, size = [], 0
        for line in self:
            lines.append(line)
            size += len(line)
            if hint is not None and 0 < hint <= size:
                break
        return lines

    def __iter__(self):
        return iter(self.readline, b'')


class Errors:
    """wsgi.errors: the error log of the request's host, line by line."""

    def __init__(self, req):
        self._req = req
        self._text = ''

    def write(self, text):
        """Log text up to its last line's end; keep the rest for later."""
        if not isinstance(text, str):
            # On Python 2 only.
            text = text.encode('utf-8')
        self._text += text
        if '\n' in self._text:
            lines, self._text = self._text.rsplit('\n', 1)
            self._log(lines)

    def _log(self, text):
        for line in text.split('\n'):
            # What Apache would cut off, or Python refuse to encode.
            line = line.replace('\0', '\\0')
            if str is not bytes:
                line = line.encode('utf-8', 'backslashreplace').decode('utf-8')
            self._req.log_error(line, apache.APLOG_ERR)

    def writelines(self, lines):
        """Log several."""
        for line in lines:
            self.write(line)

    def flush(self):
        """Log what stands in a line that has not ended."""
        if self._text:
            text, self._text = self._text, ''
            self._log(text)


class Response:
    """One answer: what start_response was told, until it is sent."""

    def __init__(self, req, errors):
        self._req = req
        self._errors = errors
        self._head = None       # (status, headers)
        self._sent = False

    def run(self, application, environ):
        """Call the application and send what it answers."""
        try:
            result = application(environ, self.start_response)
            try:
                self._send_all(result)
            finally:
                if hasattr(result, 'close'):
                    result.close()
        finally:
            self._errors.flush()

    def start_response(self, status, headers, exc_info=None):
        """As PEP 3333 has it."""
        if exc_info:
            try:
                if self._sent:
                    raise_again(*exc_info)
            finally:
                exc_info = None
        elif self._head:
            raise AssertionError('start_response has been called before')
        if not (status[:3].isdigit() and status[3:4] == ' '):
            raise AssertionError('not a status: %r' % (status,))
        self._head = status, list(headers)
        return self.write

    def _send_all(self, result):
        # One piece is all there is: nobody waits for it.
        single = isinstance(result, (list, tuple)) and len(result) == 1
        for piece in result:
            if piece:
                self._send_head(len(piece) if single else None)
                self._send(piece, flush=not single)
        self._send_head(None)

    def write(self, data):
        """What start_response returns."""
        self._send_head(None)
        self._send(data, flush=True)

    def _send_head(self, length):
        """Hand status and headers to Apache, once.

        length is that of the body, where it is known.
        """
        if self._sent:
            return
        if not self._head:
            raise AssertionError('start_response has not been called')
        status, headers = self._head
        req, self._sent = self._req, True
        req.status, req.status_line = int(status[:3]), status
        # Apache has one for the launcher's file.
        req.content_type = ''
        for name, value in headers:
            if name.lower() == 'content-type':
                req.content_type = value
            elif name.lower() == 'content-length':
                length = int(value)
            else:
                req.headers_out.add(name, value)
        if length is not None and req.status >= 200 and (
                req.status not in (204, 304)):
            req.set_content_length(length)

    def _send(self, data, flush):
        if self._req.header_only:
            return
        try:
            self._req.write(data, flush)
        except IOError as error:
            raise ClientGone(str(error))

    def failed(self):
        """Log the error that is being handled; the status it leads to."""
        if not self._sent and self._req.get_config().get(
                'PythonDebug') == '1':
            # mod_python logs and shows it.
            raise
        self._errors.write(traceback.format_exc())
        return self.ended(apache.HTTP_INTERNAL_SERVER_ERROR)

    def ended(self, status):
        """The status of an answer that did not come to its end."""
        if not self._sent:
            return status
        # What was promised does not come: neither does another answer.
        self._req.connection.keepalive = apache.AP_CONN_CLOSE
        return apache.OK


def raise_again(kind, error, trace):
    """Raise an error that was caught elsewhere."""
    if hasattr(error, 'with_traceback'):
        raise error.with_traceback(trace)
    raise error
