# Run by the interpreter of a site, as `python -c`: it loads the WSGI script
# given first and reports as JSON on the descriptor given second.  If a mount
# point is given third, it is asked for, and the answer's headers are a second
# line of JSON: a list of [name, value].  A script of FastCGI, which is said
# fourth, serves nobody.  For Python 2.7 and 3; of the package it imports
# nothing, which that user may not read.
import json
import os
import signal
import sys
import traceback

script, report = sys.argv[1], os.fdopen(int(sys.argv[2]), 'w')
mount, fastcgi = sys.argv[3:]
# What mod_wsgi leaves there.
sys.argv[:] = ['mod_wsgi']
told = {'error': '', 'missing': ''}
if fastcgi:
    from wsgiref.handlers import CGIHandler
    # So it answers one request, and not for ever on the site's own socket;
    # nor that one.
    os.environ['REQUEST_METHOD'] = 'GET'
    CGIHandler.run = lambda self, application: None
try:
    names = {'__name__': '_mod_wsgi_script', '__file__': script}
    with open(script, 'rb') as stream:
        exec(compile(stream.read(), script, 'exec'), names)
    if not callable(names.get('application')):
        told['error'] = '%s defines no application' % script
    if fastcgi:
        import flup.server.fcgi  # noqa: F401 (it is what serves)
except BaseException as error:
    told['error'] = traceback.format_exc()
    told['missing'] = getattr(error, 'name', None) or ''
try:
    with open('/proc/self/status') as stream:
        told['kilobytes'] = [int(line.split()[1]) for line in stream
                             if line.startswith('VmRSS:')][0]
except Exception:
    pass  # no Linux: then nobody knows
json.dump(told, report)
report.flush()


def headers(application):
    """What it sends to a visitor of its first page."""
    from wsgiref.util import setup_testing_defaults

    environ = {'SCRIPT_NAME': mount.rstrip('/'), 'PATH_INFO': '/',
               'QUERY_STRING': '', 'REMOTE_ADDR': '127.0.0.1',
               'wsgi.errors': open(os.devnull, 'w')}
    setup_testing_defaults(environ)
    sent = []

    def start_response(status, headers, exc_info=None):
        sent[:] = headers
        return lambda data: None

    # A generator calls it on its way to the first part.
    next(iter(application(environ, start_response)), b'')
    return [[name, value] for name, value in sent]


if mount and not told['error']:
    # Whoever takes longer is killed, with what was reported so far.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(5)
    try:
        # What is no text, such as bytes, becomes null.
        report.write('\n' + json.dumps(headers(names['application']),
                                       default=lambda value: None))
    except BaseException:
        pass  # it may need what only Apache gives it
report.close()
# Threads that the application started do not hold this up.
os._exit(0)
