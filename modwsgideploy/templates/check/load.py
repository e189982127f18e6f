# Run by the interpreter of a site, as `python -c`: it loads the WSGI script
# given first and reports as JSON on the descriptor given second.  If a request
# is given third (JSON: what Apache adds to its environ), it is made, and a
# second line of JSON says what was answered.  A script of FastCGI, which is
# said fourth, serves nobody.  For Python 2.7 and 3; of the package it imports
# nothing, which that user may not read.
import json
import os
import signal
import sys
import traceback

script, report = sys.argv[1], os.fdopen(int(sys.argv[2]), 'w')
request, fastcgi = sys.argv[3:]
# What mod_wsgi leaves there.
sys.argv[:] = ['mod_wsgi']
loaded = {'error': '', 'missing': ''}
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
        loaded['error'] = '%s defines no application' % script
    if fastcgi:
        import flup.server.fcgi  # noqa: F401 (it is what serves)
except BaseException as error:
    loaded['error'] = traceback.format_exc()
    loaded['missing'] = getattr(error, 'name', None) or ''
try:
    with open('/proc/self/status') as stream:
        loaded['kilobytes'] = [int(line.split()[1]) for line in stream
                               if line.startswith('VmRSS:')][0]
except Exception:
    pass  # no Linux: then nobody knows
json.dump(loaded, report)
report.flush()
# What only a server or a visitor's browser says.
from_outside = ('mod_wsgi.', 'apache.', 'mod_ssl.', 'HTTP_', 'SSL_', 'REMOTE_')


def kind_of(application):
    """What it is instead of a WSGI application, or ''."""
    import inspect

    if not hasattr(inspect, 'signature'):
        return ''  # Python 2
    method = None
    if not inspect.isclass(application):
        methods = [vars(each)['__call__'] for each
                   in type(application).__mro__ if '__call__' in vars(each)]
        method = methods[0]
    try:
        signature = inspect.signature(application)
    except (TypeError, ValueError):
        return ''  # written in C
    if inspect.iscoroutinefunction(application) or (
            inspect.iscoroutinefunction(method)):
        return 'asgi' if takes(signature, 3) else ''
    if takes(signature, 2):
        return ''
    return 'factory' if takes(signature, 0) or takes(signature, 1) else ''


def takes(signature, count):
    """Whether it can be called with so many arguments."""
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def django_settings():
    """What matters of Django's settings, if it has any."""
    settings = getattr(sys.modules.get('django.conf'), 'settings', None)
    if not getattr(settings, 'configured', False):
        return {}
    module = sys.modules.get(getattr(settings, 'SETTINGS_MODULE', ''))
    hosts = [str(host) for host in settings.ALLOWED_HOSTS]
    try:
        key = str(settings.SECRET_KEY)
    except Exception:
        key = ''
    middleware = ' '.join(getattr(settings, 'MIDDLEWARE', None) or ())
    return {
        'file': getattr(module, '__file__', '') or '',
        'debug': bool(settings.DEBUG), 'hosts': hosts,
        'generated_key': key.startswith('django-insecure-'),
        'no_key': not key,
        'static': ('django.contrib.staticfiles' in settings.INSTALLED_APPS
                   and 'whitenoise' not in middleware
                   and '//' not in str(settings.STATIC_URL)),
        'static_root': str(settings.STATIC_ROOT or '')}


def cookies(application):
    """The flags of the session's cookie, by the framework that sets it."""
    found = {}
    django = getattr(sys.modules.get('django.conf'), 'settings', None)
    if getattr(django, 'configured', False) and (
            'django.contrib.sessions' in django.INSTALLED_APPS):
        found['django'] = [getattr(django, 'SESSION_COOKIE_' + name, None)
                           for name in ('SECURE', 'HTTPONLY', 'SAMESITE')]
    flask = getattr(sys.modules.get('flask'), 'Flask', None)
    if flask and isinstance(application, flask) and application.secret_key:
        found['flask'] = [application.config.get('SESSION_COOKIE_' + name)
                          for name in ('SECURE', 'HTTPONLY', 'SAMESITE')]
    registry = getattr(application, 'registry', None)
    if registry is not None and 'pyramid.interfaces' in sys.modules:
        factory = registry.queryUtility(
            sys.modules['pyramid.interfaces'].ISessionFactory)
        if hasattr(factory, '_cookie_secure'):
            found['pyramid'] = [getattr(factory, '_cookie_' + name, None)
                                for name in ('secure', 'httponly',
                                             'samesite')]
    return {name: [bool(flag) for flag in flags]
            for name, flags in found.items()}


def ask(application, answer):
    """Make the request, and say in ``answer`` what came of it."""
    from wsgiref.util import setup_testing_defaults

    environ = json.loads(request)
    environ = {str(key): str(value) for key, value in environ.items()}
    django = answer['django']
    if django:
        from django.core.signals import got_request_exception

        got_request_exception.connect(shown, weak=False)
    if 'HTTP_HOST' not in environ:
        named = [host.lstrip('.') for host in django.get('hosts', ())
                 if '*' not in host]
        environ['HTTP_HOST'] = named[0] if named else 'localhost'
    environ['SERVER_NAME'] = environ['HTTP_HOST'].partition(':')[0]
    setup_testing_defaults(environ)
    environ.update({
        'wsgi.errors': sys.stderr, 'wsgi.url_scheme':
        environ['REQUEST_SCHEME'], 'wsgi.multithread': True,
        'wsgi.multiprocess': True, 'mod_wsgi.version': (4, 9, 4)})

    def took(data):
        answer['page'] += data[:10000].decode('utf-8', 'replace')

    def start_response(status, headers, exc_info=None):
        answer['status'] = status
        answer['headers'] = [[name, value] for name, value in headers]
        return took

    answered = application(environ, start_response)
    if callable(answered) and not answer['status'] and not (
            hasattr(answered, '__iter__') or hasattr(answered, 'status')):
        answer['kind'] = 'factory'
        return
    # A generator calls it on its way to the first part.
    took(next(iter(answered), b''))


def shown(**others):
    traceback.print_exc()


if request and not loaded['error']:
    # Whoever takes longer is killed, with what was reported so far.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(5)
    answer = {'headers': [], 'status': '', 'raised': '', 'kind': '',
              'page': '', 'django': {}, 'cookies': {}}
    try:
        answer['kind'] = kind_of(names['application'])
        answer['django'] = django_settings()
        answer['cookies'] = cookies(names['application'])
    except Exception:
        pass  # then it is found out by asking
    if not answer['kind']:
        try:
            ask(names['application'], answer)
        except BaseException as error:
            key = error.args[0] if isinstance(error, KeyError) and (
                error.args) else ''
            if not (isinstance(key, str) and key.startswith(from_outside)):
                answer['raised'] = traceback.format_exc()
    # What is no text, such as bytes, becomes null.
    report.write('\n' + json.dumps(answer, default=lambda value: None))
report.close()
sys.stderr.flush()
# Threads that the application started do not hold this up.
os._exit(0)
