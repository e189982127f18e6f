"""A constant load on the sites of an Apache, and what became of it."""

import collections
import http.client
import threading
import time


class Load:
    """Requests to several paths, one after the other on each connection.

    ``again`` has one sent again whose kept connection Apache had closed before
    it came, as a reload does and every client has to expect (RFC 9112, 9.3.1).
    ``host`` is the name of the site, where that is not the ``address``.
    """

    def __init__(self, port, paths, connections=2, pause=0.003, again=False,
                 address="127.0.0.1", host=None):
        self._port, self._pause, self._again = port, pause, again
        self._address = address
        self._headers = {"Host": host} if host else {}
        self._stopped = threading.Event()
        self.answers = {path: collections.Counter() for path in paths}
        self._locks = {path: threading.Lock() for path in paths}
        self._threads = [
            threading.Thread(target=self._ask, args=(path, number % 2 == 0))
            for path in paths for number in range(connections)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, path, kept_alive):
        """Ask for ``path`` until it is enough; on new connections unless
        they are ``kept_alive``."""
        connection = None
        while not self._stopped.is_set():
            is_old = connection is not None
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(
                        self._address, self._port, timeout=60)
                connection.request("GET", path, headers={
                    **self._headers, "Connection":
                    "keep-alive" if kept_alive else "close"})
                response = connection.getresponse()
                body = response.read().decode("utf-8", "replace")
                found = (response.status, body if response.status == 200
                         else body[:300])
                if not kept_alive:
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                if self._again and is_old and isinstance(
                        error, (ConnectionError, http.client.BadStatusLine)):
                    connection = None
                    continue
                found = (0, repr(error))
                connection = None
            with self._locks[path]:
                self.answers[path][found] += 1
            time.sleep(self._pause)

    def failed(self, path):
        """The answers that are none, with how many there were."""
        return {found: number for found, number in self.answers[path].items()
                if found[0] != 200}

    def bodies(self, path):
        """The bodies of answers."""
        return {body for status, body in self.answers[path] if status == 200}

    def total(self, path):
        return sum(self.answers[path].values())
