"""Failures of the server of an application, and of its systemd units."""

from modwsgideploy.catalog.failures.model import FailurePattern

_UNIT = r"(?P<unit>[\w@.\\-]+)\.(?:service|socket): "
_STATUS = r"(?:Main|Control) process exited, code=exited, status="
_JOURNAL = "its journal (journalctl -u) has what it said before that"
# What servers put before a message.
_LEVEL = r"(?:\[[A-Z]+\] )?"
_ERROR = r"(?:\[ERROR\] |ERROR: +)?"

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
             r"|execute command|execute /))"
             r"|/\S*?/(?P<unit2>[^/]+)\.service:\d+: Executable \"",
        check="MWD320",
        example="shop.service: Failed at step EXEC spawning"
                " /srv/venv/bin/python: No such file or directory"),
    FailurePattern(
        "unit-file",
        "systemd does not take the file of the unit {unit} as it is",
        "A name or a value in it is none that systemd knows; it ignores the"
        " line, or the whole unit.",
        "the journal (or verify of systemd-analyze) names the lines; mend"
        " them, then daemon-reload of systemctl",
        line=r"/\S*?/(?P<unit>[^/]+)\.service:\d+: (?:Unknown |Invalid "
             r"|Failed to parse|Assignment outside|Missing )"
             r"|(?P<unit2>[\w@.\\-]+)\.service: (?:Service (?:has|lacks) "
             r"|Unit configuration has fatal error)"
             r"|Failed to start (?P<unit3>[\w@.\\-]+)\.service: Unit \S+"
             r" has a bad unit file",
        after=("unit-command",),
        example="/etc/systemd/system/shop.service:9: Unknown key name"
                " 'Enviroment' in section 'Service', ignoring."),
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
        line=_ERROR + r"(?:Connection in use: |Can't connect to \('"
             r"|\[Errno (?:98|48)\] error while attempting to bind on address)"
             r"|[\w@.\\-]+\.socket: Failed to (?:create listening socket"
             r" \([^)]*\)|listen on sockets): Address already in use",
        error=r"(?:OSError|(?:socket\.)?error): \[Errno (?:98|48)\] Address"
              r" already in use",
        example="Connection in use: ('127.0.0.1', 8001)"),
    FailurePattern(
        "server-address-denied",
        "the application's server may not listen where it is told to",
        "A port below 1024 is for root alone, and Apache has 80 and 443"
        " already.",
        "give it a port above 1023 (--http-socket), or a socket, and have"
        " Apache pass requests on to that",
        line=_ERROR + r"\[Errno 13\] error while attempting to bind on",
        example="ERROR:    [Errno 13] error while attempting to bind on"
                " address ('0.0.0.0', 80): permission denied"),
    FailurePattern(
        "server-address-foreign",
        "the application's server is to listen at an address that this machine"
        " does not have",
        "Mostly that of the outside, which a router in front has; or of"
        " another machine.",
        "let it listen at 127.0.0.1, where Apache asks it",
        line=_ERROR + r"(?:Invalid address: "
             r"|\[Errno 99\] error while attempting to bind on address)",
        example="Invalid address: ('10.0.0.9', 8000)"),
    FailurePattern(
        "server-module",
        "the application's server finds no module {module}",
        "It looks on sys.path and in the directory that it was started in.",
        "start it in the directory that has the module (WorkingDirectory= of"
        " its unit), or name the module with its package, as in"
        " PACKAGE.main:app",
        line=_ERROR + r"Error loading ASGI app\. Could not import module"
             r" \"(?P<module>[^\"]+)\"",
        example='ERROR:    Error loading ASGI app. Could not import module'
                ' "main".'),
    FailurePattern(
        "server-not-http",
        "the application's server got what is no request of HTTP",
        "Somebody speaks HTTPS to it: an https:// in ProxyPass; or, where it"
        " can be reached from outside, a scanner.",
        "let ProxyPass have http:// for it, and let it listen at 127.0.0.1 or"
        " at a socket only",
        line=r"(?:\[?WARNING\]?:? +)?Invalid (?:HTTP )?request (?:received\."
             r"|from ip=)", level="warning",
        example="WARNING:  Invalid HTTP request received."),
    FailurePattern(
        "server-queue",
        "requests wait for a free thread of waitress",
        "It got more at one time than it has threads; they are served one"
        " after the other.",
        "nothing, if the numbers stay low; else find what is slow, or raise"
        " --threads or --processes",
        line=r".*\bTask queue depth is \d+", level="warning",
        example="WARNING:waitress.queue:Task queue depth is 7"),
    FailurePattern(
        "unit-socket",
        "systemd cannot make the socket of the unit {unit}: {reason}",
        "The application's server is not started without it.",
        "the unit has the place (ListenStream); mend what is wrong there, or"
        " deploy with another --http-socket",
        line=r"(?P<unit>[\w@.\\-]+)\.socket: Failed to (?:create listening"
             r" socket \([^)]*\)|listen on sockets): (?P<reason>.+?)\.?$",
        example="shop.socket: Failed to create listening socket"
                " (/run/shop/http.sock): Permission denied"),
    FailurePattern(
        "server-other-version",
        "server.py does not go with the version of the application's server"
        " that is installed",
        "It was written for other versions; where it calls the server this one"
        " raised {reason}.",
        ("`modwsgideploy check` names both versions; install the one that it"
         " names into the virtualenv, then restart the unit"),
        error=r"(?P<reason>(?:TypeError: .*unexpected keyword argument"
              r"|ImportError: cannot import name|AttributeError: ).*)\n"
              r"(?:.*\n)*?"
              r'.*File "[^"]*/server\.py", in (?:serve|loaded|run|<module>)\n'
              r".*\n?\Z", check="MWD322",
        example="Traceback (most recent call last):\n"
                '  File "/srv/shop/apache/server.py", line 378, in serve\n'
                "    server = Server(__file__, **at)\n"
                "TypeError: AbstractServer.__init__() got an unexpected"
                " keyword argument 'uds'"),
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
        after=("server-worker-silent",),
        line=_LEVEL + r"Worker (?:\(pid:\d+\) was sent SIGKILL"
             r"|with pid \d+ was terminated due to signal 9\b)",
        example="Worker (pid:4711) was sent SIGKILL! Perhaps out of memory?"),
    FailurePattern(
        "server-not-loaded",
        "the application's server ended because the application does not load",
        "The error stands in the lines before.",
        "mend that error; then restart its unit",
        line=r"the application does not load, so its server ends"
             r"|Worker crash loop detected, exiting"
             r"|(?:\[[A-Z]+\] )?(?:Reason: )?(?:Worker failed to boot\."
             r"|App failed to load\.)"
             r"|(?:\[ERROR\] )?Worker \(pid:\d+\) exited with code [34]\b"
             r"|Application startup failed\. Exiting\."
             r"|ASGI lifespan startup failed",
        error=r"gunicorn\.errors\.HaltServer: ",
        example="the application does not load, so its server ends"),
    FailurePattern(
        "server-worker-ended",
        "a process of the application's server ended by itself",
        "It crashed, was killed, or the code called exit; the server starts"
        " another.",
        "the lines before may say why; `dmesg -T` says so if the kernel killed"
        " it for its memory",
        line=r"(?:\[ERROR\] )?(?:Unexpected exit from worker-\d+"
             r"|Worker \(pid:\d+\) exited with code \d+)"
             r"|(?:\[[A-Z]+\] )?Worker with pid \d+ was terminated due to"
             r" signal (?!15\b)"
             r"|(?:WARNING|INFO): +Child process \[\d+\] died",
        after=("server-not-loaded", "unit-memory", "server-other-version"),
        example="[ERROR] Unexpected exit from worker-1"),
)
