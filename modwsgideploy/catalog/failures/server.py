"""The server at work."""

from modwsgideploy.catalog.failures.model import FailurePattern

# The rest of Apache.
SERVER = (
    FailurePattern(
        "request-header-limit",
        "a request has a header longer than Apache takes (400)",
        "Mostly a cookie that has grown; LimitRequestFieldSize is 8190.",
        "store less in cookies, or set `LimitRequestFieldSize 16380` before"
        " the first VirtualHost; then `sudo {reload}`",
        line=r"Request header exceeds LimitRequestFieldSize",
        where=("LimitRequestFieldSize",)),
    FailurePattern(
        "request-body-limit",
        "an upload is larger than the site takes (413)",
        "LimitRequestBody is {limit} bytes.",
        "write the deployment with `modwsgideploy deploy"
        " --limit-request-body=BYTES`, or change LimitRequestBody; then"
        " `sudo {reload}`",
        line=r"(?:Requested content-length|Read content length) of \d+ is"
             r" larger than the configured limit of (?P<limit>\d+)",
        where=("LimitRequestBody",), level="warning"),
    FailurePattern(
        "slow-client",
        "clients send their request too slowly (408)",
        "RequestReadTimeout ends such connections; without need of a thread"
        " of the application.",
        "nothing, unless uploads over slow lines fail: then raise"
        " body= of RequestReadTimeout",
        line=r"Request (?:header|body) read timeout",
        where=("RequestReadTimeout",), level="warning"),
    FailurePattern(
        "server-full",
        "Apache has no process left for another connection",
        "MaxRequestWorkers connections are open: a great many visitors, or"
        " requests that wait for a slow application.",
        "first make it answer (see queue-timeout= and socket-timeout= of"
        " WSGIDaemonProcess); then raise MaxRequestWorkers, and `sudo"
        " {restart}`",
        line=r"server (?:reached|is within MinSpareThreads of)"
             r" MaxRequestWorkers|scoreboard is full",
        where=("MaxRequestWorkers",)),
    FailurePattern(
        "redirect-loop",
        "a rewrite rule leads to itself",
        "A RewriteRule sends its own result round again, or an error page"
        " fails like the page.",
        "exempt the script's own path with a RewriteCond, or end the rule"
        " with [END]; `LogLevel rewrite:trace3` shows each step",
        line=r"Request exceeded the limit of \d+ internal redirects",
        where=("RewriteRule",)),
    FailurePattern(
        "socket-down",
        "the application behind the socket {path} does not run (503)",
        "Nothing listens at that socket: its server was not started, or has"
        " ended.",
        "`ls -l {path}` shows whether it is there; start the server, by"
        " systemd `sudo systemctl restart` with the name of its unit, and"
        " `sudo journalctl -u` with that says why it ended",
        line=r"(?:\S+: )?attempt to connect to Unix domain socket"
             r" (?P<path>/.*?) \([^)]*\) failed",
        where=("SetHandler", "ProxyPass")),
    FailurePattern(
        "backend-down",
        "the server behind the proxy does not answer (502, 503)",
        "Nothing listens at {backend}, or it closed the connection.",
        "`ss -ltn` shows whether it listens; start it, or mend the address"
        " after ProxyPass",
        line=r"error reading status line from remote server (?P<backend>\S+)"
             r"|(?:HTTP: )?failed to make connection to backend:"
             r" (?P<backend2>\S+)"
             r"|\S+: attempt to connect to \S+ \((?P<backend3>[^:)]*)[^)]*\)"
             r" failed"
             r"|Error reading from remote server returned by",
        where=("ProxyPass",),
        after=("socket-down",)),
    FailurePattern(
        "proxy-module",
        "Apache has no proxy module for {scheme}",
        "mod_proxy needs another module for each kind of server.",
        "`sudo a2enmod proxy_{scheme}`, then `sudo {restart}`",
        line=r"No protocol handler was valid for the URL \S+ \(scheme"
             r" '(?P<scheme>[^']*)'\)",
        where=("ProxyPass",)),
)
