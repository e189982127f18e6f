"""Give ports that nothing else on this machine takes meanwhile."""

import random
import socket

# Below those that the system gives to whoever asks for any: a test of another
# process, or a connection of this one, would have it before it is used.
PORTS = range(20000, 32000)

# Held until this process ends; the names of such sockets are all tests'.
_reserved = []


def free_port():
    """A port of this machine which no other test is given either."""
    for _ in range(len(PORTS)):
        port = random.SystemRandom().choice(PORTS)
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0modwsgideploy-tests-port-{port}")
            with socket.socket() as free:
                free.bind(("", port))
        except OSError:
            reservation.close()
            continue
        _reserved.append(reservation)
        return port
    raise AssertionError("no port is free")
