"""A network of a test's own, in which the ports 80 and 443 are free."""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct

from tests.support import samples
from tests.support.apache_case import ApacheCase

_CLONE_NEWNET = 0x40000000
# ioctl(2) of network devices, see netdevice(7).
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


@contextlib.contextmanager
def own_network():
    """Be in a network with nothing but a loopback device; only for root."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if libc.unshare(_CLONE_NEWNET):
        os.close(before)
        raise OSError(ctypes.get_errno(), "unshare")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            request = struct.pack("16sH14x", b"lo", 0)
            flags, = struct.unpack("16xH14x", fcntl.ioctl(
                one, _SIOCGIFFLAGS, request))
            fcntl.ioctl(one, _SIOCSIFFLAGS, struct.pack(
                "16sH14x", b"lo", flags | _IFF_UP))
        yield
    finally:
        if libc.setns(before, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(before)


class UsualPortsCase(ApacheCase):
    """An Apache at the ports 80 and 443."""

    def setUp(self):
        if os.geteuid():
            self.skipTest("only root can have a network of its own")
        samples.bare()      # which may have to be fetched
        network = contextlib.ExitStack()
        network.enter_context(own_network())
        self.addCleanup(network.close)
        super().setUp()

    def lay_out(self):
        self.port, self.https = 80, 443
        super().lay_out()
        for name in ("ssl", "socache_shmcb", "setenvif", "rewrite",
                     "headers", "authz_host"):
            if name not in self.httpd.static:
                self.module(name)
        with (self.root / "ports.conf").open("a") as stream:
            stream.write("Listen 443 https\n")
