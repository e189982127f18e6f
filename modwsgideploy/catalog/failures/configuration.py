"""Apache reads its configuration."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    DAEMON,
    FailurePattern,
)

# Apache reads its configuration; `serve` and systemctl show these.
CONFIGURATION = (
    FailurePattern(
        "duplicate-daemon",
        "two sites have daemon processes of one name",
        "A name after WSGIDaemonProcess is the whole server's, whatever"
        " VirtualHost it stands in; a copied site file, or certbot's copy of"
        " a VirtualHost, repeats it.",
        "give one of them another name, there and in its process-group=;"
        " `grep -rn WSGIDaemonProcess {sites}` lists all; then `sudo"
        " {configtest}`",
        line=r"Name duplicates previous WSGI daemon definition",
        where=(DAEMON,),
        check="MWD401"),
    FailurePattern(
        "group-of-another-host",
        "the daemon processes belong to another VirtualHost",
        "Daemon processes that are defined inside a VirtualHost serve only"
        " that one, and those of the same ServerName.",
        "move the WSGIDaemonProcess line out of its <VirtualHost>, above it;"
        " then `sudo {configtest} && sudo {reload}`",
        line=r"WSGI process group not accessible"
             r"|Daemon process called '(?P<group>[^']*)' cannot be accessed"
             r" by this WSGI application",
        codes=("WSGI0149", "WSGI0152"), where=(ALIAS, DAEMON),
        check="MWD403"),
    FailurePattern(
        "group-too-late",
        "WSGIScriptAlias names daemon processes that come only later",
        "With process-group= and application-group= the script is loaded"
        " beforehand, and Apache must know the processes by then.",
        "move the WSGIDaemonProcess line above the WSGIScriptAlias line;"
        " then `sudo {configtest} && sudo {reload}`",
        line=r"WSGI process group not yet configured", where=(ALIAS,),
        check="MWD404"),
    FailurePattern(
        "no-such-group",
        "there are no daemon processes called {group}",
        "process-group= or WSGIProcessGroup has a name that no"
        " WSGIDaemonProcess has.",
        "make both names the same; `grep -rn WSGIDaemonProcess {sites}`"
        " lists those that exist; then `sudo {reload}`",
        line=r"No WSGI daemon process called '(?P<group>[^']*)' has been",
        codes=("WSGI0150", "WSGI0151"),
        where=(ALIAS + " process-group", "WSGIProcessGroup"),
        check="MWD402"),
    FailurePattern(
        "order-allow",
        "{directive} is of Apache 2.2",
        "Order, Allow, Deny and Satisfy exist in Apache 2.4 only with"
        " mod_access_compat, which better stays off.",
        "replace `Order` and `Allow from all` by `Require all granted`"
        " (`Deny from all` by `Require all denied`); then `sudo {configtest}"
        " && sudo {reload}`",
        line=r"Invalid command '(?P<directive>Order|Allow|Deny|Satisfy)'",
        check="MWD306"),
    FailurePattern(
        "unknown-directive",
        "this Apache does not know the directive {directive}",
        "The module that brings it is not loaded, its version does not have"
        " it, or it is misspelled.",
        "{module_fix}; then `sudo {configtest}`",
        line=r"Invalid command '(?P<directive>[^']+)'",
        check="MWD302"),
    FailurePattern(
        "daemon-option",
        "this mod_wsgi does not know an option of WSGIDaemonProcess",
        "Options come with versions: interrupt-timeout, response-flush-delay"
        " and switch-interval need mod_wsgi 6.  A value with a space must"
        " stand in quotes.",
        "remove or quote the option, or write the deployment for this server"
        " with `modwsgideploy deploy --mod-wsgi-version=VERSION`",
        line=r"Invalid option to WSGI daemon process definition",
        where=(DAEMON,),
        check="MWD307"),
    FailurePattern(
        "alias-option",
        "WSGIScriptAlias has something it does not understand",
        "Mostly a path with a space that is not in quotes.",
        'put the path in quotes, as in `WSGIScriptAlias /app "/srv/my'
        ' app/app.wsgi"`; then `sudo {configtest}`',
        line=r"Invalid option to WSGI script alias definition",
        where=(ALIAS,),
        check="MWD305"),
    FailurePattern(
        "wrong-place",
        "{directive} stands where Apache does not allow it",
        "It is a setting of the whole server: not for a <VirtualHost>,"
        " <Directory> or .htaccess.",
        "move the line into a file of its own, outside every section"
        " (modwsgideploy writes baseline.conf for this); then `sudo"
        " {configtest}`",
        line=r"(?P<directive>\w+) (?:cannot occur within|not allowed"
             r" (?:here|in)|directive not allowed)",
        check="MWD308"),
    FailurePattern(
        "no-certificate",
        "the certificate or its key {path} cannot be read",
        "It does not exist, is empty, or is not readable for the user that"
        " starts Apache.",
        "`sudo certbot certificates` lists those there are; name one after"
        " SSLCertificateFile; then `sudo {configtest}`",
        line=r"SSLCertificate(?:Key)?File: file '(?P<path>[^']*)' does not"
             r" exist or is empty",
        where=("SSLCertificateFile", "SSLCertificateKeyFile"),
        check="MWD701"),
    FailurePattern(
        "wrong-key",
        "the private key does not belong to the certificate",
        "They are of two different orders or renewals.",
        "`openssl x509 -noout -pubkey -in CERTIFICATE` and `openssl pkey"
        " -pubout -in KEY` must print the same; name the right pair",
        line=r"Certificate and private key .* do not match|Failed to"
             r" configure (?:at least one )?certificate",
        where=("SSLCertificateFile",),
        check="MWD702"),
    FailurePattern(
        "certificate-name",
        "the certificate is for another host name",
        "Browsers refuse it, because {host} is not in it.",
        "`sudo certbot certificates` shows the names; get one for this host"
        " with `sudo certbot --apache -d HOST`",
        line=r"(?P<host>\S+) server certificate does NOT include an ID",
        where=("SSLCertificateFile",), level="warning"),
    FailurePattern(
        "other-syntax",
        "Apache cannot read its configuration: {reason}",
        "The line named below is not what Apache expects there.",
        "mend the line; then `sudo {configtest} && sudo {reload}`",
        line=r"Syntax error: (?P<reason>.*)",
        check="MWD305"),
    FailurePattern(
        "no-log-directory",
        "the log directory {path} is not there",
        "Apache does not start when it cannot open a log.",
        "`sudo mkdir -p {path}`, then `sudo {configtest} && sudo {restart}`",
        line=r"Cannot access directory '(?P<path>[^']*)' for"
             r"|\S+: could not open error log file (?P<path2>.+)\."
             r"|could not open transfer log file (?P<path3>.+)\.",
        where=("ErrorLog", "CustomLog"),
        check="MWD109"),
    FailurePattern(
        "port-taken",
        "the port {address} is taken, or may not be used",
        "Another server listens there, or a port below 1024 is asked for"
        " without root.",
        "`sudo ss -ltnp` shows who listens; stop that one, or change the"
        " Listen line; then `sudo {restart}`",
        line=r"make_sock: could not bind to address (?P<address>\S+)",
        where=("Listen",)),
    FailurePattern(
        "no-such-user",
        "there is no user or group {account}",
        "user=, group=, User or Group names an account that this machine"
        " does not have.",
        "`sudo useradd --system {account}`, or name one that exists; then"
        " `sudo {configtest}`",
        line=r"\S+: bad (?:user|group) name (?P<account>\S+)",
        where=(DAEMON + " user", "User"),
        check="MWD205"),
    FailurePattern(
        "no-document-root",
        "the DocumentRoot {path} is not there",
        "Requests that no alias takes are looked up in it.",
        "`sudo mkdir -p {path}`, or name a directory that exists",
        line=r"Warning: DocumentRoot \[(?P<path>.*)\] does not exist",
        where=("DocumentRoot",), level="warning"),
    FailurePattern(
        "alias-shadowed",
        "an {directive} of {file} never takes effect",
        "An Alias before it has a URL that this one begins with; the first"
        " that fits counts.",
        "put the longer URL first; then `sudo {configtest} && sudo"
        " {reload}`",
        line=r"The (?P<directive>\S+) directive in (?P<file>.+) at line"
             r" (?P<number>\d+) will probably never match",
        level="warning",
        check="MWD411"),
    FailurePattern(
        "no-server-name",
        "the server has no name of its own",
        "Apache guesses one; this is harmless.",
        "`echo ServerName localhost | sudo tee {conf}/server-name.conf`"
        " keeps it quiet",
        line=r"\S+: Could not reliably determine the server's fully",
        level="warning"),
    FailurePattern(
        "undefined-variable",
        "the configuration uses the variable {variable}, which is not set",
        "Debian sets APACHE_* variables in /etc/apache2/envvars; apache2"
        " itself does not read that file.",
        "use `sudo apache2ctl configtest` instead of `apache2 -t`, or add"
        " `Define {variable} VALUE`",
        line=r"Config variable \$\{(?P<variable>[^}]*)\} is not defined",
        level="warning"),
    FailurePattern(
        "module-twice",
        "the module {module} is loaded twice",
        "The first LoadModule line counts, so the mod_wsgi that you built"
        " may not be the one that runs.",
        "remove one of the LoadModule lines (`grep -rn {module}"
        " /etc/apache2 /etc/httpd`); then `sudo {restart}`",
        line=r"module (?P<module>\S+) is already loaded, skipping",
        where=("LoadModule",), level="warning"),
    FailurePattern(
        "mod-python-too",
        "mod_python and mod_wsgi are loaded into one Apache",
        "Both bring a Python; they cannot share a process.",
        "`sudo a2dismod python`, then `sudo {restart}`",
        line=r"The mod_python module can not be used in conjunction",
        check="MWD303"),
)
