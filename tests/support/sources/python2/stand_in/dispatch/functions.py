"""The trees of RuleDispatch, as far as the launcher walks through them."""


class Node(dict):
    """What an expression can be, and the nodes that this leads to."""

    def ask(self, key):
        return self[key]


class Dispatcher(object):
    """A tree of [expression, factory, function, arguments of the factory]."""

    def __init__(self):
        leaf = [0, None, "the page", None]
        inner = [0, self.made, None, ({"json": leaf},)]
        self.nodes = [[0, self.made, None, ({"a": inner, "b": leaf},)], inner]

    def _startNode(self):  # noqa: N802
        return self.nodes[0]

    def made(self, children):
        return Node(children).ask

    def is_compiled(self):
        """Whether a first request finds all of it made."""
        return None not in [node[2] for node in self.nodes]
