import re

ENV_LINE = re.compile(br'''[ \t]*(?:\#[^\r\n]*(?<!\\)|
    (?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:
        '(?P<plain>[^'\\]*)'
        |"(?P<quoted>(?:[^"\\]|\\["\\])*)"
        |(?P<bare>(?:[^\s'"\#\\][^\s\\]*(?:[ \t]+[^\s\#\\][^\s\\]*)*)?)
    )[ \t]*)?\r?(?:\n|\Z)''', re.VERBOSE)


def parse_env_file(text):
    """Return the pairs of name and value, as bytes, that all readers of such
    files agree on; ValueError names the line of anything else."""
    pairs, position = [], 0
    while position < len(text):
        line = 'line %d ' % (text.count(b'\n', 0, position) + 1)
        match = ENV_LINE.match(text, position)
        if not match:
            raise ValueError(line + 'is no plain NAME=VALUE, NAME=\'VALUE\''
                             ' or NAME="VALUE"')
        position = match.end()
        if not match.group('name'):
            continue
        value = match.group('plain') or match.group('bare') or (
            match.group('quoted') or b'').replace(
                b'\\"', b'"').replace(b'\\\\', b'\\')
        if b'${' in value or b'\0' in value:
            raise ValueError(line + 'has ${, which some replace, or a null')
        try:
            value.decode('utf-8')
        except ValueError:
            raise ValueError(line + 'is no UTF-8')
        pairs.append((match.group('name'), value))
    return pairs
