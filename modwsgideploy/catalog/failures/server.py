"""Failures of the server at work, and of its proxies."""

from modwsgideploy.catalog.failures.model import (
    LAYOUT,
    RELOAD,
    RESTART,
    TEST_AND_RELOAD,
    FailurePattern,
)

# Of a request with a body.
_UPLOAD = r"(?:\w+: )?(?:pass|prefetch) request body failed to \S+"
_CONNECTING = (r"\S+: attempt to connect to (?P<backend>\S+) \([^)]*\)"
               r" failed")
_UNIX_SOCKET = (r"(?:\S+: )?attempt to connect to Unix domain socket"
                r" (?P<path>/.*?) \([^)]*\) failed")
SERVER = (
    FailurePattern(
        "http2-and-prefork",
        "HTTP/2 does not work with the MPM prefork",
        "Browsers go on with HTTP/1.1.  mod_http2 needs event or worker;"
        " prefork is there for mod_php, mostly.",
        ("nothing, if that will do: --no-http2 of `modwsgideploy deploy`"
         " leaves `Protocols h2` out",
         "else have PHP run by php-fpm, and Apache by event (Debian: `sudo"
         " a2dismod mpm_prefork && sudo a2enmod mpm_event`)", RESTART),
        line=r"The mpm module \((?P<mpm>\S+?)\) is not supported by mod_http2",
        where=("Protocols",), level="warning", check="MWD315",
        example="AH10034: The mpm module (prefork.c) is not supported by"
                " mod_http2. The mpm determines how things are processed in"
                " your server. HTTP/2 has more demands in this regard and the"
                " currently selected mpm will just not do. This is an advisory"
                " warning. Your server will continue to work, but the HTTP/2"
                " protocol will be inactive."),
    FailurePattern(
        "request-header-limit",
        "a request has a header longer than Apache takes (400)",
        "Mostly a cookie that has grown; LimitRequestFieldSize is 8190.",
        ("store less in cookies, or set `LimitRequestFieldSize 16380` before"
         " the first VirtualHost", RELOAD),
        line=r"Request header exceeds LimitRequestFieldSize"
             r"|request failed: error reading the headers.*exceeds"
             r"|Size of a request header field exceeds",
        where=("LimitRequestFieldSize",),
        example="AH00561: Request header exceeds LimitRequestFieldSize:"
                " Cookie"),
    FailurePattern(
        "request-body-limit",
        "an upload is larger than the site takes (413)",
        "LimitRequestBody is {limit} bytes.",
        ("have the deployment written with a larger --limit-request-body of"
         " `modwsgideploy deploy`, or change LimitRequestBody", RELOAD),
        line=r"(?:Requested content-length|Read content length) of \d+ is"
             r" larger than the configured limit of (?P<limit>\d+)",
        where=("LimitRequestBody",), level="warning",
        example="AH00588: Requested content-length of 104857600 is larger"
                " than the configured limit of 10485760"),
    FailurePattern(
        "slow-client",
        "clients send their request too slowly (408)",
        "RequestReadTimeout ends such connections; without need of a thread"
        " of the application.",
        "nothing, unless uploads over slow lines fail: then raise"
        " body= of RequestReadTimeout",
        line=r"Request (?:header|body) read timeout",
        where=("RequestReadTimeout",), level="warning",
        example="AH01382: Request header read timeout"),
    FailurePattern(
        "server-full",
        "Apache has no process left for another connection",
        "MaxRequestWorkers (MaxClients) connections are open: a great many"
        " visitors, or requests that wait for a slow application.",
        ("first make it answer (see queue-timeout= and socket-timeout= of"
         " WSGIDaemonProcess); then raise MaxRequestWorkers", RESTART),
        line=r"server (?:reached|is within MinSpareThreads of)"
             r" (?:MaxRequestWorkers|MaxClients)"
             r"|\(?server ran out of threads",
        where=("MaxRequestWorkers",),
        example="AH00484: server reached MaxRequestWorkers setting, consider"
                " raising the MaxRequestWorkers setting"),
    FailurePattern(
        "scoreboard-full",
        "processes of Apache that are to end keep the places of new ones",
        "Not too many visitors: after a reload, or when they have done their"
        " share, old processes go on until their last request or connection"
        " has ended, and for so long Apache cannot start others.",
        ("find the requests that do not end (server-status of mod_status"
         " shows the old processes), reload less often, or raise"
         " ServerLimit", RESTART),
        line=r"scoreboard is full, not at", where=("ServerLimit",),
        example="AH03490: scoreboard is full, not at MaxRequestWorkers."
                "Increase ServerLimit."),
    FailurePattern(
        "no-threads",
        "the system gives Apache no more threads or processes",
        "Those of its user have reached a limit, of the system, of its service"
        " (TasksMax=) or of the container; or there is no memory for more.",
        ("`ulimit -a` as {user} shows the limits; lower MaxRequestWorkers,"
         " processes= and threads=, or raise `TasksMax=` with `sudo systemctl"
         " edit {service}`", RESTART),
        line=r"apr_thread_create: unable to create|fork: Unable to fork",
        where=("MaxRequestWorkers",),
        example="(11)Resource temporarily unavailable: AH00480:"
                " apr_thread_create: unable to create worker thread"),
    FailurePattern(
        "redirect-loop",
        "a rewrite rule leads to itself",
        "A RewriteRule sends its own result round again, or an error page"
        " fails like the page.",
        "exempt the script's own path with a RewriteCond, or end the rule"
        " with [END]; `LogLevel rewrite:trace3` shows each step",
        line=r"Request exceeded the limit of \d+ internal redirects",
        where=("RewriteRule",),
        example="AH00124: Request exceeded the limit of 10 internal"
                " redirects due to probable configuration error."),
    FailurePattern(
        "rewrite-refused",
        "a rewrite rule makes a URL that Apache does not pass on (403)",
        "What the rule takes from the URL is decoded: a space, a line break"
        " or a question mark (%20, %0a, %3f) would become a part of the new"
        " one.",
        ("add the flag [B] to the RewriteRule, which encodes them again;"
         " nothing, if it is scanners that ask", RELOAD),
        line=r"Rewritten query string contains control characters or spaces"
             r"|Unsafe URL with %3f URL rewritten",
        where=("RewriteRule",), level="warning",
        example="AH10508: Unsafe URL with %3f URL rewritten without"
                " UnsafeAllow3F"),
    FailurePattern(
        "proxy-protocol",
        "what is in front of Apache speaks the PROXY protocol (400)",
        "A load balancer puts a line before each connection that tells the"
        " visitor's address, and Apache takes it for a request.",
        ("turn that off in the load balancer, or add"
         " `RemoteIPProxyProtocol On` to the VirtualHost (of mod_remoteip;"
         " Debian: `sudo a2enmod remoteip`); whoever comes without such a"
         " line gets no answer there", RESTART),
        line=r"[Ii]nvalid URI in request PROXY (?:TCP|UNKNOWN)"
             r"|HTTP Request Line; .*PROXY (?:TCP|UNKNOWN)",
        where=("RemoteIPProxyProtocol",),
        example="AH00126: Invalid URI in request PROXY TCP4 192.0.2.7"
                " 192.0.2.8 51000 80"),
    FailurePattern(
        "odd-request",
        "requests that no browser sends",
        "Scanners, or programs that speak another protocol to this port;"
        " Apache refused them.",
        "nothing",
        line=r"[Ii]nvalid URI (?:in request|path)|Invalid method in request"
             r"|request failed: (?:malformed|invalid|error|URI)"
             r"|HTTP Request Line;|client sent HTTP/1.1 request without"
             r" hostname|SSL library error \d+ in handshake"
             r"|speaking plain HTTP to an SSL-enabled|(?:URI|Method) too"
             r" long|script '[^']*' not found or unable to stat"
             r"|Cannot map \S+ .* to file",
        level="warning",
        example="AH00126: Invalid URI in request GET /../../etc/passwd"
                " HTTP/1.0"),
    FailurePattern(
        "socket-denied",
        "Apache may not use the socket {path} of the application (503)",
        "The socket or a directory of its path is closed to {user}; what"
        " makes it decides on that (a umask, SocketMode= and SocketGroup= of"
        " its systemd unit).  On Red Hat SELinux has a say.",
        (LAYOUT + "; let the group of {user} write to the socket",),
        line=_UNIX_SOCKET, errno=(13,), where=("SetHandler", "ProxyPass"),
        example="(13)Permission denied: AH02454: HTTP: attempt to connect to"
                " Unix domain socket /run/shop/shop.sock (localhost) failed"),
    FailurePattern(
        "proxy-denied",
        "Apache may not connect to the server behind the proxy (503)",
        "The system forbids the connection: on Red Hat SELinux does, until a"
        " switch allows it.",
        "on Red Hat `sudo setsebool -P httpd_can_network_connect on`",
        line=r"(?:\S+: )?attempt to connect to .* failed"
             r"|(?:HTTP: )?failed to make connection to backend",
        errno=(13,), where=("SetHandler", "ProxyPass"), check="MWD206",
        example="(13)Permission denied: AH00957: http: attempt to connect to"
                " 127.0.0.1:8000 (localhost:8000) failed"),
    FailurePattern(
        "socket-full",
        "the application behind the socket {path} takes no more connections"
        " (503)",
        "It runs, its queue is full: all of its workers are busy, or it"
        " hangs.",
        "look at its log for what is slow; more workers, or a longer queue"
        " (its backlog, and net.core.somaxconn)",
        line=_UNIX_SOCKET, errno=(11, 35),
        where=("SetHandler", "ProxyPass"),
        example="(11)Resource temporarily unavailable: AH02454: HTTP:"
                " attempt to connect to Unix domain socket"
                " /run/shop/shop.sock (localhost) failed"),
    FailurePattern(
        "socket-down",
        "the application behind the socket {path} does not run (503)",
        "Nothing listens at that socket: its server was not started, or has"
        " ended.",
        "`ls -l {path}` shows whether it is there; start the server; by"
        " systemd, `systemctl --failed` and the journal of its unit say why"
        " it ended",
        line=_UNIX_SOCKET,
        where=("SetHandler", "ProxyPass"),
        example="(2)No such file or directory: AH02454: FCGI: attempt to"
                " connect to Unix domain socket /run/shop/fastcgi.sock"
                " (localhost:8000) failed"),
    FailurePattern(
        "backend-timeout",
        "the server behind the proxy does not answer in time (502, 504)",
        "It took the request, and no answer came within the seconds that"
        " timeout= of ProxyPass says, or ProxyTimeout where it says nothing.",
        ("find what is slow there, or raise timeout= of ProxyPass"
         " (`--socket-timeout`)", RELOAD),
        line=r"error reading status line from remote server",
        errno=(70007, 110), where=("ProxyPass",),
        example="(70007)The timeout specified has expired: [client"
                " 192.0.2.7:5000] AH01102: error reading status line from"
                " remote server 127.0.0.1:8000"),
    FailurePattern(
        "backend-other-protocol",
        "the server behind the proxy answers something that is not HTTP (502)",
        "ProxyPass has http:// for a port where another protocol is spoken:"
        " HTTPS, FastCGI, uwsgi.",
        ("mend the address or the scheme after ProxyPass", TEST_AND_RELOAD),
        line=r"error reading status line from remote server", errno=(22,),
        where=("ProxyPass",),
        example="(22)Invalid argument: [client 192.0.2.7:5000] AH01102: error"
                " reading status line from remote server 127.0.0.1:8000"),
    FailurePattern(
        "backend-closed",
        "the server behind the proxy closed the connection (502)",
        "It took the request and ended without an answer: it crashed or was"
        " restarted, or it closes idle connections sooner than Apache.",
        "look at its own log; a short idle time is met with `disablereuse=On`"
        " of ProxyPass",
        line=r"error reading status line from remote server"
             r" (?P<backend>[^\s:]+)",
        where=("ProxyPass",), after=("backend-timeout",),
        example="(104)Connection reset by peer: [client 192.0.2.7:5000]"
                " AH01102: error reading status line from remote server"
                " 127.0.0.1:8000"),
    FailurePattern(
        "backend-unread",
        "requests got no answer from the server behind the proxy (502)",
        "Apache says it of each request, after the reason.",
        "see the message before it in the log, and the server's own log",
        line=r"Error reading from remote server returned by",
        where=("ProxyPass",), after=("backend-timeout", "backend-closed",
                                       "backend-other-protocol"),
        example="AH00898: Error reading from remote server returned by"
                " /shop"),
    FailurePattern(
        "backend-cut",
        "the server behind the proxy ended in the middle of an answer",
        "It had begun the answer, and closed the connection before its end: it"
        " crashed, was restarted, or the application failed while it made the"
        " rest.  Visitors get 502, or a page that is cut off.",
        "look at its own log for what it did at that time",
        line=r"(?:Network )?error reading response|Error reading headers from"
             r" backend", where=("ProxyPass",),
        example="(70008)Partial results are valid but processing is"
                " incomplete: [client 192.0.2.7:5000] AH01110: error reading"
                " response"),
    FailurePattern(
        "backend-header-size",
        "an answer has a header longer than Apache takes from a proxy (502)",
        "Mostly a cookie that has grown: 8192 bytes are the limit, unless"
        " ProxyPass says another one.",
        ("store less in cookies, or add `responsefieldsize=16384` to the line"
         " of ProxyPass", TEST_AND_RELOAD),
        line=r"header size is over the limit allowed by ResponseFieldSize",
        where=("ProxyPass",),
        example="(28)No space left on device: [client 192.0.2.7:5000] AH10124:"
                " header size is over the limit allowed by ResponseFieldSize"
                " (8192 bytes). Bad response header: 'X'"),
    FailurePattern(
        "backend-bad-header",
        "an answer of the server behind the proxy has a header that is none"
        " (502)",
        "The application sends a line without a colon among the headers, or"
        " the server did not get to their end.",
        "ask the server itself with curl -v, and mend the header that it"
        " shows",
        line=r"bad HTTP/\S+ (?:status line|header) returned by"
             r"|No HTTP headers returned by|Ignoring bogus HTTP header",
        where=("ProxyPass",), after=("backend-cut", "backend-header-size"),
        example="AH01106: bad HTTP/1.1 header returned by /shop (GET)"),
    FailurePattern(
        "backend-down",
        "the server behind the proxy does not run (503)",
        "Nothing listens at {backend}.",
        "`ss -ltn` shows whether it listens; start it, or mend the address"
        " after ProxyPass",
        line=_CONNECTING, errno=(111, 61),
        where=("ProxyPass",),
        example="(111)Connection refused: AH00957: http: attempt to connect"
                " to 127.0.0.1:8000 (127.0.0.1:8000) failed"),
    FailurePattern(
        "ports-used-up",
        "Apache has no free port for a connection to {backend} (503)",
        "Each connection to one address needs a port of its own, and all of"
        " them are in use or were a moment ago.",
        ("let connections be used again: no `disablereuse=On`, and a server"
         " that keeps them open", RELOAD),
        line=_CONNECTING, errno=(99,), where=("ProxyPass",),
        example="(99)Cannot assign requested address: AH00957: http: attempt"
                " to connect to 127.0.0.1:8000 (127.0.0.1:8000) failed"),
    FailurePattern(
        "backend-silent",
        "Apache does not reach {backend} (503)",
        "No answer came to the attempt to connect: the machine is down, the"
        " address is another's, a firewall keeps it away, or the server's"
        " queue of connections is full.",
        ("see that the address after ProxyPass is right and open for this"
         " machine", RELOAD),
        line=_CONNECTING, where=("ProxyPass",),
        example="(110)Connection timed out: AH00957: http: attempt to"
                " connect to 192.0.2.9:8000 (app.example:8000) failed"),
    FailurePattern(
        "balancer-module",
        "mod_proxy_balancer lacks a module that it needs, so Apache does not"
        " start",
        "It keeps its state by mod_slotmem_shm, and has a module for each way"
        " to choose a server (lbmethod=): mod_lbmethod_byrequests, unless"
        " said.",
        ("load both (Debian: `sudo a2enmod slotmem_shm"
         " lbmethod_byrequests`)", RESTART),
        line=r"Failed to lookup provider 'shm' for 'slotmem'"
             r"|Cannot find LB Method: (?P<name>\S+)|Cannot share balancer",
        where=("<Proxy", "BalancerMember"), check="MWD302",
        example="AH01177: Failed to lookup provider 'shm' for 'slotmem': is"
                " mod_slotmem_shm loaded??"),
    FailurePattern(
        "backend-unreached",
        "Apache has no connection to the server behind the proxy (503)",
        "It does not run, cannot be reached, or failed a moment ago: then"
        " Apache does not try again for some seconds (retry= of"
        " ProxyPass).",
        "see that the server runs, at the address that ProxyPass has:"
        " `ss -ltn` shows what listens (`ss -lx` for sockets in the file"
        " system)",
        line=r"(?:\w+: )?(?:failed to make connection to backend"
             r"|disabled connection for)|ap_proxy_connect_backend disabling"
             r" worker|balancer://\S+: [Aa]ll workers are in error state",
        where=("ProxyPass",),
        after=("backend-down", "socket-down", "socket-full", "proxy-denied",
               "socket-denied", "backend-timeout", "backend-silent",
               "ports-used-up"),
        example="AH01114: HTTP: failed to make connection to backend:"
                " 127.0.0.1"),
    FailurePattern(
        "backend-upload",
        "the server behind the proxy closed the connection during an upload"
        " (502)",
        "It answered, refused or ended before it had read the whole request:"
        " a limit on the size, or its process crashed or was restarted.",
        "look at its own log; let it read the body before it answers",
        line=_UPLOAD, errno=(32, 54, 104), where=("ProxyPass",),
        example="(32)Broken pipe: AH01084: pass request body failed to"
                " 127.0.0.1:8000 (localhost)"),
    FailurePattern(
        "proxy-upload",
        "a request did not come whole, so the server behind the proxy did"
        " not get it (400)",
        "The client went away in the middle of its upload, or sent it too"
        " slowly for Timeout or RequestReadTimeout.",
        "nothing, unless it happens to many: then raise body= of"
        " RequestReadTimeout",
        line=_UPLOAD, where=("RequestReadTimeout", "Timeout"),
        after=("backend-upload",), level="warning",
        example="(70008)Partial results are valid but processing is"
                " incomplete: AH01095: prefetch request body failed to"
                " 127.0.0.1:8069 (127.0.0.1) from 192.0.2.7 ()"),
    FailurePattern(
        "backend-unknown",
        "Apache takes {backend} for the name of a machine (502)",
        "The address after ProxyPass has no such host; or it is that of a Unix"
        " socket whose path, or what follows its '|', Apache did not"
        " understand.",
        ("mend the address after ProxyPass", TEST_AND_RELOAD),
        line=r"DNS lookup failure for: (?P<backend>\S+)",
        where=("ProxyPass",),
        example="AH00898: DNS lookup failure for: shop returned by /shop"),
    FailurePattern(
        "proxy-module",
        "Apache has no proxy module for {scheme}",
        "mod_proxy needs another module for each kind of server:"
        " mod_proxy_http, mod_proxy_fcgi, mod_proxy_uwsgi,"
        " mod_proxy_wstunnel and so on.",
        (("{proxy_fix}", "load the one for it"), RESTART),
        line=r"No protocol handler was valid for the URL \S+ \(scheme"
             r" '(?P<scheme>[^']*)'\)",
        where=("ProxyPass",),
        example="AH01144: No protocol handler was valid for the URL /shop"
                " (scheme 'http'). If you are using a DSO version of"
                " mod_proxy, make sure the proxy submodules are included in"
                " the configuration using LoadModule."),
)
