"""Failures of the server of an application, and of its systemd units."""

from modwsgideploy.catalog.failures.model import FailurePattern

_UNIT = r"(?P<unit>[\w@.\\-]+)\.(?:service|socket): "
_STATUS = r"(?:Main|Control) process exited, code=exited, status="
_JOURNAL = "its journal (journalctl -u) has what it said before that"

UNITS = (
    FailurePattern(
        "unit-command",
        "systemd cannot run the command of the unit {unit}",
        "Its interpreter or its script is not there, or the unit's user cannot"
        " reach it: the virtualenv was not made yet, or was moved; its Python"
        " is gone; or it is in a home, which ProtectHome= hides.",
        "the unit has the command (ExecStart); make that virtualenv, or write"
        " the units anew and copy them again; `modwsgideploy check` tells of"
        " the Python and ProtectHome=",
        line=_UNIT + r"(?:" + _STATUS + r"203/EXEC"
             r"|Failed at step EXEC spawning |Failed to (?:locate executable"
             r"|execute command|execute /))",
        check="MWD320",
        example="shop.service: Failed at step EXEC spawning"
                " /srv/venv/bin/python: No such file or directory"),
    FailurePattern(
        "unit-user",
        "the user or group of the unit {unit} does not exist",
        "systemd starts nothing as somebody whom the machine does not know.",
        "the unit has them (User, Group); make them, or deploy"
        " with another --user",
        line=_UNIT + r"(?:" + _STATUS + r"21[67]/(?:USER|GROUP)"
             r"|Failed at step (?:USER|GROUP) spawning "
             r"|Failed to (?:resolve|determine) (?:user|group) )",
        example="shop.service: Main process exited, code=exited,"
                " status=217/USER"),
    FailurePattern(
        "unit-directory",
        "systemd cannot enter the working directory of the unit {unit}",
        "It is not there, or the unit's user may not enter it.",
        "the unit has it (WorkingDirectory); make it, or name one that is"
        " there",
        line=_UNIT + r"(?:" + _STATUS + r"200/CHDIR"
             r"|Failed at step CHDIR spawning "
             r"|Changing to the requested working directory failed)",
        example="shop.service: Changing to the requested working directory"
                " failed: No such file or directory"),
    FailurePattern(
        "unit-env-file",
        "systemd cannot read a file of variables of the unit {unit}",
        "The unit names it (EnvironmentFile) and it is not there; with a"
        " hyphen before its path it need not be.",
        "make the file, or take the line out",
        line=_UNIT + r"Failed to load environment files",
        example="shop.service: Failed to load environment files: No such file"
                " or directory"),
    FailurePattern(
        "unit-namespace",
        "systemd cannot shut the unit {unit} off from the machine",
        "A directory that the unit names (ReadWritePaths) is missing, or a"
        " container allows no name spaces of its own.",
        "the unit names the paths; in a container leave out"
        " PrivateTmp, PrivateDevices and what begins with Protect",
        line=_UNIT + r"(?:" + _STATUS + r"226/NAMESPACE"
             r"|Failed at step NAMESPACE spawning "
             r"|Failed to set up mount namespacing)",
        example="shop.service: Failed to set up mount namespacing:"
                " /run/systemd/unit-root/srv/x: No such file or directory"),
    FailurePattern(
        "unit-gave-up",
        "systemd has given up starting the unit {unit}",
        "It ended too often within a short time; until it is started by hand"
        " the site answers 503.",
        (_JOURNAL, "mend that; then reset-failed and start of systemctl give"
         " it another chance"),
        line=_UNIT + r"Start request repeated too quickly",
        example="shop.service: Start request repeated too quickly."),
    FailurePattern(
        "unit-slow",
        "the unit {unit} did not say in time that it has started",
        "systemd waits for TimeoutStartSec (90 seconds, unless said) until the"
        " application is loaded, and ends the server then.",
        ("see what the application waits for while it is loaded",
         "if it needs that long, raise TimeoutStartSec in the unit"),
        line=_UNIT + r"start operation timed out",
        example="shop.service: start operation timed out. Terminating."),
    FailurePattern(
        "unit-memory",
        "a process of the unit {unit} used more memory than it may, and was"
        " killed",
        "The kernel ended it: at MemoryMax of the unit (--memory-limit), or"
        " because the machine had no memory left.",
        "raise --memory-limit, or have fewer --processes; `modwsgideploy plan`"
        " counts what fits",
        line=_UNIT + r"(?:A process of this unit has been killed by the OOM"
             r" killer|Failed with result 'oom-kill')",
        after=("child-killed",),
        example="shop.service: A process of this unit has been killed by the"
                " OOM killer."),
    FailurePattern(
        "server-address-in-use",
        "another program listens where the application's server should",
        "The port that the site was deployed with (--http-socket) is taken:"
        " by another site, or by the same server started by hand.",
        "`ss -ltnp` shows who has it; end that one, or deploy with another"
        " port or with a socket",
        line=r"(?:\[ERROR\] |ERROR: +)?(?:Connection in use: |\[Errno \d+\]"
             r" error while attempting to bind on address)",
        error=r"OSError: \[Errno 98\] Address already in use\n(?:.*\n)*?"
              r'.*File "[^"]*/server\.py", line \d+, in listening',
        example="Connection in use: ('127.0.0.1', 8001)"),
    FailurePattern(
        "server-worker-silent",
        "gunicorn killed a process that stood still",
        "It gave no sign for the seconds of gunicorn's timeout"
        " (--deadlock-timeout).  With workers of the kind sync, which is"
        " gunicorn's own default, a single request that takes longer is"
        " enough; with threads, as `--backend http` has it, it is C code that"
        " holds Python's lock, or a process that was swapped out.",
        "look for what runs that long; give gunicorn threads, or raise the"
        " timeout, if it has to",
        line=r"(?:\[CRITICAL\] )?WORKER TIMEOUT \(pid:\d+\)",
        example="WORKER TIMEOUT (pid:4711)"),
    FailurePattern(
        "server-worker-killed",
        "a process of gunicorn was killed",
        "By gunicorn itself, if it says WORKER TIMEOUT before; else most often"
        " by the kernel, because the machine had no memory left.",
        "`dmesg -T` says so if it was; have fewer --processes, or set"
        " --memory-limit; `modwsgideploy plan` counts what fits",
        line=r"(?:\[ERROR\] )?Worker \(pid:\d+\) was sent SIGKILL",
        after=("server-worker-silent",),
        example="Worker (pid:4711) was sent SIGKILL! Perhaps out of memory?"),
    FailurePattern(
        "server-not-loaded",
        "the application's server ended because the application does not load",
        "The error stands in the lines before.",
        "mend that error; then restart its unit",
        line=r"the application does not load, so its server ends"
             r"|Worker crash loop detected, exiting|Worker failed to boot\."
             r"|Application startup failed\. Exiting\."
             r"|ASGI lifespan startup failed",
        example="the application does not load, so its server ends"),
)
