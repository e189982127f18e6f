"""Parse the command lines of paster, gearbox and ``modwsgideploy``.

All three are made from one table of commands (table.py).
"""

import atexit
import gc

# Loading all that a command needs makes some ten thousand objects that stay;
# to search them for garbage again and again is a twentieth of a deploy.
_NEW_OBJECTS = 50_000


def collect_garbage_rarely() -> None:
    """Have Python look for cyclic garbage after so many new objects.

    When the process ends, which frees them all, it looks for none: that would
    take a tenth of a deploy.
    """
    gc.set_threshold(_NEW_OBJECTS)
    atexit.unregister(gc.freeze)   # of an earlier command in this process
    atexit.register(gc.freeze)
