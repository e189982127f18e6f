"""Generic functions, whose methods are sorted when they are first called."""

import inspect
import sys
import time


class NoApplicableMethods(Exception):
    """No rule holds for the arguments, which args has."""


class Method(object):
    """A function, and the rule by which it is asked."""

    rank = 1

    def __init__(self, function, rule, names):
        self.function = function
        self.rule = rule
        self.names = names
        self.takes_next = inspect.getargspec(function).args[:1] == [
            "next_method"]

    @classmethod
    def make_decorator(cls, name):
        """The function that makes methods of this class."""
        def decorator(generic, rule="True"):
            frame = sys._getframe(1)
            names = dict(frame.f_globals, **frame.f_locals)

            def register(function):
                dispatching(generic).methods.append(cls(function, rule, names))
                return function
            return register
        return decorator


class Around(Method):
    """One that is asked before those that are not."""

    rank = 2


def always_overrides(first, second):
    """Let the methods of one class come before those of the other."""


class Dispatching(object):
    """Methods, and their generic function's own code until they are sorted."""

    made = {}

    def __init__(self, function):
        self.methods = []
        self.backup = function.__code__
        self.own = type(function)(
            function.__code__, function.__globals__, function.__name__,
            function.__defaults__, function.__closure__)
        self.is_abstract = False

    def _regenerate(self):
        """Sort the methods; who calls meanwhile is told that there are none.

        Of PEAK-Rules this takes long enough to be seen.
        """
        self.backup = None
        found, self.methods = self.methods, []
        time.sleep(0.05)
        self.methods = sorted(found, key=lambda method: (
            -method.rank, -method.rule.count(" and ")))

    def __call__(self, *args, **kw):
        if self.backup is not None:
            self._regenerate()
        bound = inspect.getcallargs(self.own, *args, **kw)
        methods = (method for method in list(self.methods)
                   if eval(method.rule, method.names, bound))

        def next_method(*args, **kw):
            for method in methods:
                if method.takes_next:
                    return method.function(next_method, *args, **kw)
                return method.function(*args, **kw)
            if self.is_abstract:
                raise NoApplicableMethods(args, kw)
            return self.own(*args, **kw)
        return next_method(*args, **kw)


def called(number):
    """The Dispatching of the function that has this number."""
    return Dispatching.made[number]


def dispatching(function):
    """The Dispatching that ``function`` runs from now on."""
    number = id(function)
    if number not in Dispatching.made:
        Dispatching.made[number] = Dispatching(function)
        # In place: modules hold the function itself.
        names = {}
        exec("def call(*args, **kw):\n"
             "    from peak.rules.core import called\n"
             "    return called(%d)(*args, **kw)" % number, names)
        function.__code__ = names["call"].__code__
        function.__defaults__ = None
        # Its number is nobody else's as long as it is there.
        Dispatching.made[number].function = function
    return Dispatching.made[number]


def abstract(function=None):
    """Mark a function that is nothing but its methods."""
    if function is None:
        return abstract
    dispatching(function).is_abstract = True
    return function


when = Method.make_decorator("when")
around = Around.make_decorator("around")
