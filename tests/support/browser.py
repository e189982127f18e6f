"""A page in; what Chromium makes of it out, told by its DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from modwsgideploy.apache.processes import group_lives

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--remote-debugging-pipe")
# Chromium reads from descriptor 3 and writes to 4, whatever those are here.
START = """\
import fcntl, os, sys
ours = [fcntl.fcntl(int(word), fcntl.F_DUPFD, 10) for word in sys.argv[1:3]]
os.dup2(ours[0], 3)
os.dup2(ours[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One Chromium with a profile of its own; use it with ``with``."""

    def __init__(self, authority=None, hosts=()):
        """It trusts the certificate in the file ``authority``, and finds
        ``hosts`` on this machine."""
        self._authority, self._hosts = authority, hosts

    def __enter__(self):
        path = next(filter(None, map(shutil.which, NAMES)), None)
        if not path:
            raise RuntimeError("no Chromium: install the package chromium")
        self._profile = tempfile.mkdtemp(prefix="browser-")
        flags = [*FLAGS, f"--user-data-dir={self._profile}"]
        if self._hosts:
            flags.append("--host-resolver-rules=" + ",".join(
                f"MAP {name} 127.0.0.1" for name in self._hosts))
        # Killed, it would leave a socket in the directory for temporary files.
        environment = {**os.environ, "TMPDIR": self._profile}
        if self._authority:
            environment["HOME"] = self._trusting()
        self._number = 0
        self.messages = []     # the events of the pages, oldest first
        ours, theirs = zip(os.pipe(), os.pipe()[::-1])
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, *map(str, ours), path, *flags],
            env=environment, pass_fds=ours,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        for descriptor in ours:
            os.close(descriptor)
        self._to = open(theirs[0], "wb", buffering=0)
        self._from = open(theirs[1], "rb")
        self._session = None
        target = self.send("Target.createTarget", url="about:blank")
        self._session = self._attach(**target)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")
        return self

    def _trusting(self):
        """Make a home directory whose owner trusts the authority."""
        database = f"{self._profile}/home/.pki/nssdb"
        os.makedirs(database)
        for words in (["-N", "--empty-password"],
                      ["-A", "-n", "test", "-t", "C,,", "-i",
                       self._authority]):
            subprocess.run(["certutil", "-d", f"sql:{database}", *words],
                           check=True, stdin=subprocess.DEVNULL)
        return f"{self._profile}/home"

    def __exit__(self, *error):
        self._to.close()
        # Its children write to the profile as long as they live.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        end = time.monotonic() + 10
        while group_lives(self._process.pid) and time.monotonic() < end:
            time.sleep(0.01)
        self._from.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def send(self, method, **params):
        """The result of one command."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _attach(self, targetId):
        """The session in which a target is asked."""
        return self.send("Target.attachToTarget", flatten=True,
                         targetId=targetId)["sessionId"]

    @contextlib.contextmanager
    def attached(self, target_id):
        """Have what is asked asked of another target, such as a frame."""
        before, self._session = self._session, self._attach(target_id)
        try:
            yield
        finally:
            self._session = before

    def _receive(self):
        """The next message; an event is kept as well."""
        data = bytearray()
        while not data.endswith(b"\0"):
            byte = self._from.read(1)
            if not byte:
                raise RuntimeError("Chromium ended by itself")
            data += byte
        message = json.loads(data[:-1])
        if "method" in message:
            self.messages.append(message)
        return message

    def open(self, url, width=1280, height=800, dark=False, headers=None):
        """Show ``url`` in a window of that size until it is loaded."""
        self.send("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 600)
        self.send("Emulation.setEmulatedMedia", features=[{
            "name": "prefers-color-scheme",
            "value": "dark" if dark else "light"}])
        self.send("Network.setExtraHTTPHeaders", headers=headers or {})
        del self.messages[:]
        self.send("Page.navigate", url=url)
        while not any(message["method"] == "Page.loadEventFired"
                      for message in self.messages):
            self._receive()

    def evaluate(self, expression):
        """The value of a JavaScript expression on the page."""
        result = self.send("Runtime.evaluate", expression=expression,
                           returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def screenshot(self, path):
        """Save the whole page as a PNG at ``path``."""
        data = self.send("Page.captureScreenshot",
                         captureBeyondViewport=True)["data"]
        with open(path, "wb") as stream:
            stream.write(base64.b64decode(data))
