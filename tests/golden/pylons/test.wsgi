# -*- coding: utf-8 -*-
# Diagnostics page of 'blog', at 'http://localhost/blog'
# What the server really runs, and whether it is what was deployed.  It loads
# nothing of the application, and shows no passwords.
# Written by modwsgideploy 1.0.0; off unless --test-page asks for it.
import base64
import grp
import hashlib
import io
import json
import locale
import os
import pkgutil
import pwd
import re
import sys
import traceback
from xml.sax.saxutils import escape


def failure(error):
    """An exception as one line."""
    return traceback.format_exception_only(type(error), error)[-1].strip()


FAILED = ''
try:
    # What the application's own script begins with.
    import os
    import sys

    CONFIG = '/usr/local/turbogears/blog/production.ini'
    VIRTUALENV = '/usr/local/pythonenv/blog'


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
    os.environ['PYTHON_EGG_CACHE'] = '/usr/local/pythonenv/blog/python-eggs'

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

    sys.path.insert(0, '/usr/local/turbogears/blog')
except Exception as error:
    FAILED = failure(error)

PYTHON = 'python%d.%d' % sys.version_info[:2]
PYTHON_PATH = ()


def expectations(environ):
    """What was deployed: a name, and a function that returns whether it is
    so (None: cannot tell) and what was found."""
    yield 'Set-up', lambda: (
        not FAILED, FAILED or "the script's first lines run")
    yield 'Process group', lambda: same(
        sent(environ['mod_wsgi.process_group']) or b'none: embedded',
        sent('blog', 'utf-8'))
    yield 'Application group', lambda: same(
        environ['mod_wsgi.application_group'] or '%{GLOBAL}', '%{GLOBAL}')
    yield 'Virtualenv', virtualenv
    yield 'Baseline', lambda: same_path(
        sys.prefix, '/usr/local/pythonenv/BASELINE')
    yield 'Mount point', lambda: same(
        sent(environ['SCRIPT_NAME']), sent('/blog/test.wsgi', 'utf-8'))
    yield 'Processes and threads', lambda: workers(environ)
    yield 'User', lambda: (
        os.geteuid() != 0, account(os.geteuid(), pwd.getpwuid))
    yield 'Umask', lambda: (
        same(umask(), '0027') if umask() else (None, 'not told'))
    yield 'Locale', in_locale
    yield 'Working directory', lambda: same_path(
        os.getcwd(), '/usr/local/turbogears/blog')
    yield 'Configuration', lambda: (
        True, '%s has %d settings' % (
            '/usr/local/turbogears/blog/production.ini', len(settings())))
    yield 'Egg cache', egg_cache
    yield 'Project', package


def same(found, expected):
    """Whether found is expected, and that in words."""
    if found == expected:
        return True, shown(found)
    return False, u'%s; deployed: %s' % (shown(found), shown(expected))


def same_path(found, expected):
    """The same for paths, whatever links lead there."""
    if os.path.realpath(found) == os.path.realpath(expected):
        return True, found
    return same(found, expected)


def account(number, find):
    """A user's or group's name and number; find is getpwuid or getgrgid."""
    try:
        return '%s (%d)' % (find(number)[0], number)
    except KeyError:
        return '#%d' % number


def workers(environ):
    """Whether processes and threads are as many, or at least several."""
    server = sys.modules.get('mod_wsgi')
    if hasattr(server, 'threads_per_process'):
        return same('%d and %d' % (
            server.maximum_processes, server.threads_per_process),
            '2 and 15')
    return same('several: %s and %s' % (
        environ['wsgi.multiprocess'], environ['wsgi.multithread']),
        'several: %s and %s' % (2 > 1, 15 > 1))


def virtualenv():
    """Whether the virtualenv's packages come before all others."""
    first = [path for path in sys.path if path.endswith('-packages')
             and path not in PYTHON_PATH]
    return same_path(first[0] if first else 'no packages', packages(
        '/usr/local/pythonenv/blog'))


def packages(prefix):
    """Where the virtualenv at prefix has its packages."""
    return os.path.join(prefix, 'lib', PYTHON, 'site-packages')


def umask():
    """The umask, read where nothing has to be set (Linux 4.7), or None."""
    with open('/proc/self/status') as status:
        return dict(line.split()[:2] for line in status
                    if line.startswith('Umask:')).get('Umask:')


def in_locale():
    """Whether the locale is set, and file names are in its encoding."""
    found = locale.setlocale(locale.LC_CTYPE)
    good, words = same(found, 'C.UTF-8')
    encoding = sys.getfilesystemencoding()
    if 'utf' in found.lower() and encoding.lower() != 'utf-8':
        good = False
    return good, u'%s, file names in %s' % (words, encoding)


def settings():
    """The ini's settings for the application."""
    try:
        from configparser import Error, RawConfigParser
    except ImportError:
        from ConfigParser import Error, RawConfigParser
    parser = RawConfigParser()
    with io.open('/usr/local/turbogears/blog/production.ini', encoding='utf-8') as stream:
        try:
            (parser.read_file if hasattr(parser, 'read_file')
             else parser.readfp)(stream)
        except Error as error:
            # Its text may quote a secret.
            raise ValueError('cannot be parsed: ' + type(error).__name__)
    return [pair for section in parser.sections()
            if sent(section.split(':')[-1].strip(), 'utf-8')
            == sent('main', 'utf-8')
            and not section.startswith('server:')
            for pair in parser.items(section)]


def egg_cache():
    """Whether eggs can be unpacked; a missing directory is made for them."""
    path = '/usr/local/pythonenv/blog/python-eggs'
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return os.access(path, os.W_OK | os.X_OK), '%s %s, %s %s' % (
        '/usr/local/pythonenv/blog/python-eggs',
        'exists' if path == '/usr/local/pythonenv/blog/python-eggs' else 'is missing', path,
        'is writable' if os.access(path, os.W_OK | os.X_OK)
        else 'is NOT writable')


def package():
    """Whether the project is there to be imported; it is not imported."""
    name = ['blog'][0]
    if sys.version_info < (3,):
        spec = pkgutil.find_loader(name)
        place = getattr(spec, 'filename', spec)
    else:
        from importlib.util import find_spec
        spec = find_spec(name)
        place = spec and (
            spec.origin or list(spec.submodule_search_locations))
    return bool(spec), place or name + ' is not on sys.path'


def facts(environ):
    """Titles, and functions that return pairs of a name and a value."""
    def those(*prefixes):
        return [(key, environ[key]) for key in environ
                if key.startswith(prefixes)]

    yield 'Server', lambda: [
        ('Software', environ.get('SERVER_SOFTWARE', '')),
        ('Module', version(environ)), ('Python', sys.version),
        ('Executable', sys.executable), ('Prefix', sys.prefix),
        ('Made from', getattr(sys, 'real_prefix',
                              getattr(sys, 'base_prefix', '')))]
    yield 'Process', lambda: [
        ('Number', os.getpid()),
        ('User', account(os.geteuid(), pwd.getpwuid)),
        ('Group', account(os.getegid(), grp.getgrgid)),
        ('Umask', umask()), ('Working directory', os.getcwd())]
    yield 'Encodings', lambda: [
        ('Locale', locale.setlocale(locale.LC_CTYPE)),
        ('File names', sys.getfilesystemencoding()),
        ('Files', locale.getpreferredencoding(False)),
        ('Strings', sys.getdefaultencoding())]
    yield 'sys.path', lambda: list(search_path())
    yield 'Request', lambda: [
        (key, repr(environ.get(key, ''))) for key in (
            'SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING', 'REQUEST_METHOD',
            'SERVER_NAME', 'SERVER_PORT', 'REMOTE_ADDR')]
    yield 'Headers', lambda: by_name(
        (key, sent(value)) for key, value in those('HTTP_', 'CONTENT_'))
    yield 'WSGI', lambda: by_name(
        (key, repr(value)) for key, value in those(
            'wsgi.', 'mod_wsgi.process_', 'mod_wsgi.application_'))
    yield 'Configuration', lambda: by_name(settings())
    yield 'Environment', lambda: by_name(os.environ.items())


def version(environ):
    """The server module and its version, as far as they are told."""
    module = sys.modules.get('mod_wsgi')
    told = environ.get('mod_wsgi.version') or getattr(
        module, '__version__', getattr(module, 'version', ''))
    return ('%s %s' % ('mod_wsgi', '.'.join(map(str, told))
                       if isinstance(told, tuple) else told)).rstrip()


def search_path():
    """Each entry of sys.path once, behind where it comes from."""
    known = {}
    for path, why in origins():
        reasons = known.setdefault(os.path.realpath(path), [])
        if why not in reasons:
            reasons.append(why)
    for path in sorted(set(sys.path), key=sys.path.index):
        place = os.path.realpath(path)
        if place in known:
            yield ', '.join(known[place]), path
        elif path.endswith('-packages'):
            yield 'packages outside a virtualenv', path
        elif PYTHON in place.split('/')[-2:] or path.endswith('.zip'):
            yield 'standard library', path
        elif path in os.environ.get('PYTHONPATH', '').split(':'):
            yield 'PYTHONPATH', path
        elif place == os.path.realpath(''):
            yield 'working directory', path
        else:
            yield 'unknown', path


def origins():
    """Pairs of a path and why it is on sys.path."""
    for path in PYTHON_PATH:
        yield path, 'python-path option'
    yield '/usr/local/turbogears/blog', 'project'
    # The last name of a prefix that has several is the one that tells most.
    for prefix, what in dict([
            (os.path.realpath(sys.prefix), 'interpreter'),
            (os.path.realpath('/usr/local/pythonenv/BASELINE'), 'baseline'),
            (os.path.realpath('/usr/local/pythonenv/blog'), 'virtualenv'),
            ]).items():
        directory = packages(prefix)
        yield directory, what
        for name in (sorted(os.listdir(directory))
                     if os.access(directory, os.R_OK) else ()):
            if name.endswith('.pth'):
                for path in additions(directory, name):
                    yield path, '%s of the %s' % (name, what)


def additions(directory, name):
    """What the .pth file of that name puts on sys.path."""
    with io.open(os.path.join(directory, name), encoding='utf-8',
                 errors='replace') as lines:
        for line in lines:
            if line.startswith('import'):
                # It is run; setuptools' own leaves this entry.
                yield name[:-len('.pth')] + '.finder.__path_hook__'
            elif line.strip() and not line.startswith('#'):
                yield os.path.join(directory, line.strip())


# The value of a name that contains one of these is hidden.
SECRET = ('pass|pwd|secret|token|key|auth|cookie|cred|salt|signature|private'
          '|csrf|jwt|session.?id|webhook|dsn|pw(?![a-z])'
          '|(?<![a-z])(?:sk|pat)(?![a-z])')
# What has a value like these is hidden, whatever its name: the beginnings that
# services give their keys, webhooks, and words that nobody would type.
TOKEN = (u'\\b(?:[srp]k_(?:live|test)_|gh[opsur]_|github_pat_|glpat-|xox[a-z]-'
         u'|AKIA|AIza|eyJ)[\\w.-]{8,}|hooks?[.][^\\s/]+/\\S+|/webhooks?/\\S+'
         u'|(?<![\\w/.-])(?=[A-Za-z_+=-]*[0-9])(?=[0-9_+=-]*[A-Za-z])'
         u'[A-Za-z0-9_+=-]{28,}(?![\\w/.])')
HIDING = [
    (u'(?s)://.*@', u'://[hidden]@'),
    (u'[^\\s/:]+:[^\\s/]\\S*@', u'[hidden]@'),
    (u'(?is)\\b(basic|bearer|digest)\\s.*', u'\\1 [hidden]'),
    # From the first such name on: who knows where its value ends?
    (u'(?is)((?:%s)[\\w.-]*["\']?\\s*(?:[=:]|%%3[ad])).*' % SECRET,
     u'\\1[hidden]')]
# What a terminal obeys, and what turns the direction of writing.
CONTROL = u'[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]'


def shown(value):
    """value as one line of text, without secrets and control characters."""
    if isinstance(value, bytes):
        value = value.decode('utf-8', 'replace')
    value = u'%s' % (value,)
    for pattern, replacement in HIDING + [(TOKEN, u'[hidden]')]:
        value = re.sub(pattern, replacement, value)
    value = value.encode('utf-8', 'backslashreplace').decode('utf-8')
    return re.sub(CONTROL, lambda match: u'\\x%02x' % ord(match.group()),
                  value)


def by_name(pairs):
    """pairs in order, with the values of secret names hidden."""
    return [(name, '[hidden]' if re.search(SECRET, name, re.I) else value)
            for name, value in sorted(pairs)]


def sent(text, encoding='latin-1'):
    """text as bytes; a server disguises those of a request as Latin-1."""
    return text if isinstance(text, bytes) else text.encode(encoding)


def tried(function, otherwise):
    """What function returns; otherwise, of the error, where it fails."""
    try:
        return function()
    except Exception as error:
        return otherwise(failure(error))


def report(environ):
    """All there is to say: a headline, and titles with rows of text.

    A row is a key of SIGNS, a name and a value.
    """
    rows = []
    for name, find in expectations(environ):
        good, words = tried(find, lambda error: (False, error))
        rows.append(({True: 'ok', False: 'wrong', None: 'unknown'}[good],
                     shown(name), shown(words)))
    wrong = [name for state, name, _ in rows if state == 'wrong']
    headline = u'%s %s' % (shown('blog'), (
        u'differs from its deployment: ' + u', '.join(wrong) if wrong
        else u'runs as deployed'))
    sections = [('Expectations', rows)]
    for title, find in facts(environ):
        pairs = tried(find, lambda error: [('Error', error)])
        sections.append((title, [('', shown(name), shown(value))
                                 for name, value in pairs]))
    return headline, sections


SIGNS = {'': u'', 'ok': u'\u2713 ok', 'wrong': u'\u2717 wrong',
         'unknown': u'? unknown'}


def as_text(headline, sections):
    """For a terminal."""
    lines = [headline]
    for title, rows in sections:
        lines += [u'', title] + [u'  %s%s: %s' % (
            SIGNS[state].ljust(9) if state else u'', name, value)
            for state, name, value in rows]
    return u'\n'.join(lines + [u''])


def as_json(headline, sections):
    """For a program."""
    return u'%s\n' % json.dumps({
        'headline': headline,
        'ok': all(state != 'wrong' for state, _, _ in sections[0][1]),
        'sections': [{'title': title, 'rows': [
            {'state': state, 'name': name, 'value': value}
            for state, name, value in rows]} for title, rows in sections]})


def as_html(headline, sections):
    """For a browser: it needs nothing else, and what it shows is escaped."""
    lines = [
        u'<!DOCTYPE html>', u'<html lang="en">', u'<head>',
        u'<meta charset="utf-8">',
        u'<meta name="viewport" content="width=device-width">',
        u'<title>%s</title>' % escape(headline),
        u'<style>%s</style>' % STYLE, u'</head>', u'<body>', u'<main>',
        u'<h1>%s</h1>' % escape(headline),
        u'<p>The same as <a href="?format=text">text</a> and as'
        u' <a href="?format=json">JSON</a>.</p>']
    for title, rows in sections:
        lines += [u'<section>', u'<h2>%s</h2>' % title, u'<dl>']
        for state, name, value in rows:
            lines.append(u'<div><dt>%s%s</dt><dd>%s</dd></div>' % (
                u'<b class="%s">%s</b> ' % (state, SIGNS[state])
                if state else u'', escape(name), escape(value)))
        lines += [u'</dl>', u'</section>']
    return u'\n'.join(lines + [u'</main>', u'</body>', u'</html>', u''])


STYLE = u"""
:root { color-scheme: light dark; --text: #1b1f24; --soft: #57606a;
  --back: #ffffff; --line: #d0d7de; --ok: #116329; --wrong: #a40e26 }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3;
  --soft: #9da7b3; --back: #0d1117; --line: #30363d; --ok: #56d364;
  --wrong: #ff8b84 } }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 64rem; padding: 1rem; color: var(--text);
  background: var(--back); overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem }
a { color: inherit }
dl, dd { margin: 0 }
dl div { border-top: 1px solid var(--line); padding: .375rem 0 }
dt { color: var(--soft) }
dd { font-family: ui-monospace, monospace; font-size: .875rem }
b { display: inline-block; min-width: 5.5rem }
.ok { color: var(--ok) }
.wrong { color: var(--wrong) }
@media (min-width: 40rem) {
  dl div { display: grid; grid-template-columns: 18rem 1fr; gap: 1rem } }
"""
POLICY = "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; " \
    "form-action 'none'; frame-ancestors 'none'" % base64.b64encode(
        hashlib.sha256(STYLE.encode('utf-8')).digest()).decode('ascii')
FORMS = {'html': ('text/html', as_html), 'text': ('text/plain', as_text),
         'json': ('application/json', as_json)}


def form(environ):
    """The key of FORMS that ?format= or the Accept header asks for."""
    asked = re.search(r'(?:^|&)format=(html|text|json)(?:&|\Z)',
                      environ.get('QUERY_STRING', ''))
    best, found = 0, 'html'
    for part in environ.get('HTTP_ACCEPT', '').split(','):
        weight = re.search(r';\s*q=([01](?:\.\d+)?)', part)
        weight = float(weight.group(1)) if weight else 1
        for name in FORMS:
            if part.split(';')[0].strip() == FORMS[name][0] and weight > best:
                best, found = weight, name
    return asked.group(1) if asked else found


def is_local(environ):
    """Whether this machine asks; a proxy on it may ask for anybody."""
    address = environ.get('REMOTE_ADDR', '')
    return not any(re.match(
        'HTTP_(X_FORWARDED|FORWARDED|VIA|X_REAL_IP|.*CLIENT_IP'
        '|.*CONNECTING_IP)', key) for key in environ) and (
        address == environ.get('SERVER_ADDR')
        or bool(re.match(r'(::ffff:)?127\.|::1\Z', address)))


def application(environ, start_response):
    """The WSGI application."""
    kind, render = FORMS[form(environ)]
    status = '200 OK'
    if not is_local(environ):
        status, kind = '403 Forbidden', 'text/plain'
        body = u'This page answers to its own machine only.\n'
    else:
        body = render(*report(environ))
    body = body.encode('utf-8')
    start_response(status, [
        ('Content-Type', kind + '; charset=utf-8'),
        ('Content-Length', str(len(body))), ('Cache-Control', 'no-store'),
        ('Vary', 'Accept'), ('X-Robots-Tag', 'noindex, nofollow'),
        ('Content-Security-Policy', str(POLICY)),
        ('X-Content-Type-Options', 'nosniff'),
        ('Referrer-Policy', 'no-referrer'),
        ('Cross-Origin-Resource-Policy', 'same-origin')])
    return [body]
