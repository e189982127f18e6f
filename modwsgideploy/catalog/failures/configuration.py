"""Failures while Apache reads its configuration and starts."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    DAEMON,
    RELOAD,
    RESTART,
    TEST_AND_RELOAD,
    FailurePattern,
)

# A file that is named by its whole path can be looked at.
_LOAD = r"Cannot load \S+ into server: "
_LOAD_FILE = r"Cannot load (?:(?P<module_file>/\S+)|\S+) into server: "
# `serve` and systemctl show these.
CONFIGURATION = (
    FailurePattern(
        "duplicate-daemon",
        "two WSGIDaemonProcess lines have the same name",
        "The name of daemon processes is the whole server's, whatever"
        " VirtualHost the line stands in; a copied site file, or certbot's"
        " copy of a VirtualHost, repeats it.",
        ("give one of them another name, there and in its process-group=",
         "`grep -rn WSGIDaemonProcess {sites}` lists all",
         "then `sudo {configtest}`"),
        line=r"Name duplicates previous WSGI daemon definition",
        where=(DAEMON,), check="MWD401",
        example="AH00526: Syntax error on line 3 of"
                " /etc/apache2/sites-enabled/shop.conf:\n"
                "Name duplicates previous WSGI daemon definition."),
    FailurePattern(
        "group-of-another-host",
        "the daemon processes belong to another VirtualHost",
        "Daemon processes that are defined inside a VirtualHost serve only"
        " that one, and those of the same ServerName.",
        ("move the WSGIDaemonProcess line out of its <VirtualHost>, above"
         " it", TEST_AND_RELOAD),
        line=r"WSGI process group not (?:accessible|matchable)"
             r"|Daemon process called '(?P<group>[^']*)' cannot be accessed"
             r" by this WSGI application(?! as not a member)",
        codes=("WSGI0152",), where=(ALIAS, DAEMON), check="MWD403",
        example="Daemon process called 'shop' cannot be accessed by this"
                " WSGI application: /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "group-restricted",
        "WSGIRestrictProcess does not let the site use {group}",
        "WSGIRestrictProcess lists the process groups that may be chosen"
        " there, and this one is not in the list.",
        ("add it to WSGIRestrictProcess, or choose one of the list",
         TEST_AND_RELOAD),
        line=r"Daemon process called '(?P<group>[^']*)' cannot be accessed"
             r" by this WSGI application as not a member",
        codes=("WSGI0149",), where=("WSGIRestrictProcess", ALIAS),
        example="Daemon process called 'shop' cannot be accessed by this"
                " WSGI application as not a member of allowed groups"),
    FailurePattern(
        "group-too-late",
        "WSGIScriptAlias names daemon processes that are defined later",
        "With process-group= and application-group= the script is loaded"
        " beforehand, and Apache must know the processes by then.",
        ("move the WSGIDaemonProcess line above the WSGIScriptAlias line",
         TEST_AND_RELOAD),
        line=r"WSGI process group not yet configured", where=(ALIAS,),
        check="MWD404",
        example="AH00526: Syntax error on line 7 of"
                " /etc/apache2/sites-enabled/shop.conf:\n"
                "WSGI process group not yet configured."),
    FailurePattern(
        "no-such-group",
        "there are no daemon processes called {group}",
        "process-group= or WSGIProcessGroup has a name that no"
        " WSGIDaemonProcess has.",
        ("make both names the same",
         "`grep -rn WSGIDaemonProcess {sites}` lists those that exist",
         RELOAD),
        line=r"No WSGI daemon process called '(?P<group>[^']*)' has been",
        codes=("WSGI0150", "WSGI0151"),
        where=(ALIAS + " process-group", "WSGIProcessGroup"),
        check="MWD402",
        example="No WSGI daemon process called 'shop' has been configured:"
                " /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "order-allow",
        "{directive} is a directive of Apache 2.2",
        "Order, Allow, Deny and Satisfy exist in Apache 2.4 only with"
        " mod_access_compat, which better stays off.",
        ("replace `Order` and `Allow from all` by `Require all granted`"
         " (`Deny from all` by `Require all denied`)", TEST_AND_RELOAD),
        line=r"(?:/\S+: )?Invalid command"
             r" '(?P<directive>Order|Allow|Deny|Satisfy)'",
        check="MWD306",
        example="Invalid command 'Order', perhaps misspelled or defined by a"
                " module not included in the server configuration"),
    FailurePattern(
        "no-space",
        "a space is missing behind {directive}",
        "Directives and what they are given are parted by spaces.",
        ("put a space there", "then `sudo {configtest}`"),
        line=r"(?:/\S+: )?Invalid command '(?P<directive>(?:WSGI|Alias|Script|"
             r"Proxy|Server|Document|Require|Include|Error|Custom|Options|Listen"
             r"|SSL)[A-Za-z]*)[%/\"{]", check="MWD305",
        example="AH00526: Syntax error on line 8 of"
                " /etc/httpd/conf.d/shop.conf:\n"
                "Invalid command 'WSGIApplicationGroup%{GLOBAL}', perhaps"
                " misspelled or defined by a module not included in the server"
                " configuration"),
    FailurePattern(
        "foreign-character",
        "a file of the configuration has characters that are not Apache's",
        "A byte order mark, as editors on Windows put before the first line;"
        " quotation marks of a text processor; or what comes of copying from a"
        " web page: spaces that do not break, &lt; and &gt;.",
        ("put plain characters in their place; a byte order mark is taken"
         " out by saving the file as UTF-8 without BOM",
         "then `sudo {configtest}`"),
        line=r"(?:/\S+: )?Invalid command '[^']*(?:\\[xu][0-9a-f]{2}"
             r"|[^\x00-\x7f]|&[lg]t;)",
        check="MWD305",
        example="AH00526: Syntax error on line 8 of"
                " /etc/apache2/sites-enabled/shop.conf:\n"
                "Invalid command '&lt;Directory', perhaps misspelled or"
                " defined by a module not included in the server"
                " configuration"),
    FailurePattern(
        "unknown-directive",
        "this Apache does not know the directive {directive}",
        "The module that has it is not loaded, its version does not have"
        " it, or it is misspelled.",
        ("{module_fix}", "then `sudo {configtest}`"),
        line=r"(?:/\S+: )?Invalid command '(?P<directive>[^']+)'",
        check="MWD302",
        example="Invalid command 'WSGIScriptAlias', perhaps misspelled or"
                " defined by a module not included in the server"
                " configuration"),
    FailurePattern(
        "unknown-require",
        "this Apache does not know Require {what}",
        "Require user and valid-user are of mod_authz_user, group of"
        " mod_authz_groupfile, ldap-… of mod_authnz_ldap, ip and host of"
        " mod_authz_host; the module is not loaded, or the word is"
        " misspelled.",
        ("load its module (Debian: `sudo a2enmod authz_user`), or correct the"
         " word", "then `sudo {configtest}`"),
        line=r"Unknown Authz provider: (?P<what>\S+)",
        where=("Require",), check="MWD302",
        example="AH00526: Syntax error on line 9 of"
                " /etc/apache2/sites-enabled/shop.conf:\n"
                "Unknown Authz provider: valid-user"),
    FailurePattern(
        "daemon-option",
        "this mod_wsgi does not know an option of WSGIDaemonProcess",
        "Options come with versions: interrupt-timeout, response-flush-delay"
        " and switch-interval need mod_wsgi 6.  A value with a space must"
        " stand in quotes.",
        ("remove or quote the option, or have the deployment written for"
         " this server (--mod-wsgi-version of `modwsgideploy deploy`)",
         "then `sudo {configtest}`"),
        line=r"Invalid option to WSGI daemon process definition",
        where=(DAEMON,), check="MWD307",
        example="Invalid option to WSGI daemon process definition."),
    FailurePattern(
        "daemon-value",
        "WSGIDaemonProcess has a value that is not allowed: {reason}",
        "mod_wsgi refuses the value of one of its options.",
        ("mend the value", "then `sudo {configtest}`"),
        line=r"(?P<reason>Invalid [\w ]+ for WSGI daemon process"
             r"|Couldn't determine (?:uid|gid|user name) from [\w ]+"
             r"|(?:Header|Receive|Send|Response) buffer size must be .*"
             r"|WSGI process blocked from running as root"
             r"|Only one of script-user and script-group allowed"
             r"|Cannot chroot WSGI daemon process when not root"
             r"|WSGI\w+ must be (?:one of|\"random\"|a positive).*)\.?$",
        where=(DAEMON,),
        example="Invalid thread count for WSGI daemon process."),
    FailurePattern(
        "alias-option",
        "a directive of mod_wsgi has something it does not understand",
        "Mostly a path with a space that is not in quotes.",
        ('put the path in quotes, as in `WSGIScriptAlias /app "/srv/my'
         ' app/app.wsgi"`', "then `sudo {configtest}`"),
        line=r"Invalid option to WSGI [\w ]+ definition",
        where=(ALIAS,), check="MWD305",
        example="Invalid option to WSGI script alias definition."),
    FailurePattern(
        "not-for-htaccess",
        "{directive} cannot stand in a .htaccess file",
        "It is a directive of the server's configuration, whatever"
        " AllowOverride says: the page answers 500.",
        ("put it into the site's configuration; where you have no access to"
         " that, its administrator has to", RELOAD),
        line=r"/\S*\.htaccess: <?(?P<directive>WSGI(?:DaemonProcess|Script"
             r"Alias(?:Match)?|(?:Process|Application)Group|Python\w+"
             r"|Restrict\w+|ImportScript|SocketPrefix)|VirtualHost"
             r"|Directory(?:Match)?|Location(?:Match)?|DocumentRoot|ServerName"
             r"|Alias(?:Match)?|ScriptAlias(?:Match)?|ProxyPass(?:Match"
             r"|Reverse)?|LoadModule|Listen|ErrorLog|CustomLog|SSLEngine"
             r"|RewriteMap)>? not allowed here",
        example="/home/anna/public_html/.htaccess: WSGIScriptAlias not"
                " allowed here"),
    FailurePattern(
        "override",
        "{directive} is not allowed in {path}",
        "AllowOverride of that directory does not let .htaccess files have"
        " it: the page answers 500.",
        ("put the line into the site's configuration, in a <Directory> of"
         " that directory; or add its kind to AllowOverride there", RELOAD),
        line=r"(?P<path>/\S*): (?P<directive>\S+) not allowed here",
        where=("AllowOverride",), check="MWD312",
        example="/srv/shop/.htaccess: Options not allowed here"),
    FailurePattern(
        "elsewhere",
        "{directive} stands where Apache does not allow it",
        "Each directive has its places: some only for the whole server,"
        " outside of every section, some (such as Require) only for"
        " <Directory>, <Location> and the like.",
        ("move the line to where it may stand", "then `sudo {configtest}`"),
        line=r"(?P<directive>(?!WSGI)<?\w+>?) (?:cannot occur within|not"
             r" allowed (?:here|in)|directive not allowed)",
        check="MWD305",
        example="AH00526: Syntax error on line 4 of"
                " /etc/apache2/sites-enabled/shop.conf:\n"
                "Require not allowed here"),
    FailurePattern(
        "host-directive",
        "{directive} stands where Apache does not allow it",
        "It is a setting of the server or of a <VirtualHost>, not for"
        " <Directory>, <Location> or .htaccess.",
        ("move the line out of that section, right into the <VirtualHost>",
         "then `sudo {configtest}`"),
        line=r"(?P<directive>WSGI(?:DaemonProcess|ScriptAlias(?:Match)?"
             r"|ImportScript|HandlerScript)) (?:cannot occur within"
             r" <(?!VirtualHost)|not allowed (?:here|in <(?!VirtualHost))"
             r"|directive not allowed)",
        check="MWD305",
        example="WSGIDaemonProcess cannot occur within <Directory> section"),
    FailurePattern(
        "wrong-place",
        "{directive} stands where Apache does not allow it",
        "It is a setting of the whole server: not for a <VirtualHost>,"
        " <Directory> or .htaccess.",
        ("move the line into a file of its own, outside every section"
         " (modwsgideploy writes baseline.conf for this)",
         "then `sudo {configtest}`"),
        line=r"(?P<directive>WSGI\w+) (?:cannot occur within|not allowed"
             r" (?:here|in)|directive not allowed)",
        check="MWD308",
        example="WSGIPythonHome cannot occur within <VirtualHost> section"),
    FailurePattern(
        "section-open",
        "a section of the configuration is not closed rightly: {reason}",
        "Each <Section> needs its </Section>, in the reverse order.  A byte"
        " order mark at the beginning of a file, as editors on Windows put it"
        " there, hides a <Section> in its first line.",
        ("mend it: the line that is named is where Apache noticed",
         TEST_AND_RELOAD),
        line=r"(?:/\S+:\d+: )?(?P<reason></?\w+> (?:without matching <\w+>"
             r" section|was not closed.*)|Expected </\w+> but saw </\w+>"
             r"|<?\w+>? directive (?:missing closing|requires).*)",
        example="</VirtualHost> without matching <VirtualHost> section"),
    FailurePattern(
        "php-threads",
        "mod_php and an MPM with threads do not go together, so Apache does"
        " not start",
        "This mod_php is built for one thread in each process, as the MPM"
        " prefork has it; event and worker have several.",
        ("have PHP run by php-fpm (mod_proxy_fcgi), and take mod_php out; or"
         " use prefork (Debian: `sudo a2dismod mpm_event mpm_worker` and then"
         " `sudo a2enmod mpm_prefork`)", "then `sudo {configtest}`"),
        line=r"Apache is running a threaded MPM, but your PHP Module is not"
             r" compiled to be threadsafe",
        where=("LoadModule",),
        example="Apache is running a threaded MPM, but your PHP Module is not"
                " compiled to be threadsafe.  You need to recompile PHP."),
    FailurePattern(
        "module-file-closed",
        "Apache cannot read the module {module_file}, so it does not start",
        "The file or a directory above it is closed to the user who starts"
        " Apache, or a security policy (SELinux: most often for modules in"
        " a home directory) forbids to load it.",
        ("install mod_wsgi where Apache's other modules are, as `mod_wsgi-"
         "express install-module` does",
         "`namei -l {module_file}` shows the owners and modes on the way",
         "on Red Hat `sudo ausearch -m avc -ts recent` shows what SELinux"
         " stopped"),
        line=_LOAD + r"(?P<module_file>/\S+?): .*Permission denied"
             r"|(?P<module_file2>/\S+\.so): cannot open shared object file:"
             r" Permission denied",
        where=("LoadModule",),
        example="httpd: Syntax error on line 56 of"
                " /etc/httpd/conf/httpd.conf: Cannot load"
                " /home/anna/mod_wsgi-py39.so into server:"
                " /home/anna/mod_wsgi-py39.so: cannot open shared object"
                " file: Permission denied"),
    FailurePattern(
        "module-file-missing",
        "there is no module {module_file}, so Apache does not start",
        "LoadModule names a file that is not there: the package with it is"
        " not installed, or the virtualenv with it is gone or was made anew"
        " with another Python.",
        ("`ls -l {module_file}` shows whether it is there; if so, `ldd"
         " {module_file}` shows a library of it that is not",
         "name the file that exists in the LoadModule line, or take the line"
         " out", "then `sudo {configtest}`"),
        line=_LOAD + r"(?P<module_file>/\S*?(?:mod_[\w.-]+|libphp[\w.]*)):"
                     r" cannot open shared object file: No such file",
        where=("LoadModule",), check="MWD302",
        example="apache2: Syntax error on line 146 of"
                " /etc/apache2/apache2.conf: Syntax error on line 1 of"
                " /etc/apache2/mods-enabled/wsgi.load: Cannot load"
                " /usr/lib/apache2/modules/mod_wsgi.so into server:"
                " /usr/lib/apache2/modules/mod_wsgi.so: cannot open shared"
                " object file: No such file or directory"),
    FailurePattern(
        "module-library-missing",
        "the module {module_file} needs {library}, which is not found",
        "The module is there, and a library that it is linked with is not,"
        " or not where the system's loader looks; for libpython the Python"
        " that mod_wsgi was built for was removed, or is in no directory of"
        " the loader.",
        ("`ldd {module_file}` shows what is not found",
         "install the package with that library, or build mod_wsgi anew for"
         " a Python that is there", "then `sudo {configtest}`"),
        line=_LOAD_FILE + r"(?P<library>\S+?): cannot open shared object"
                          r" file: No such file",
        where=("LoadModule",), check="MWD302",
        example="Cannot load modules/mod_wsgi.so into server:"
                " libpython3.8.so.1.0: cannot open shared object file: No"
                " such file or directory"),
    FailurePattern(
        "module-misfit",
        "a module of Apache does not fit this server: {reason}",
        "It was built for another Apache, another Python, another machine"
        " or a newer system.",
        ("install the mod_wsgi of this system's packages, or build it anew"
         " here, with this Apache's apxs and the Python that is to run",
         "then `sudo {configtest}`"),
        line=_LOAD_FILE + r"(?P<reason>.*)"
             r"|(?P<reason2>API module structure .* is garbled.*)"
             r"|(?P<reason3>[Mm]odule \S+ is not compatible with this"
             r" version of Apache.*)",
        where=("LoadModule",), check="MWD302",
        example="Cannot load modules/mod_wsgi.so into server:"
                " /etc/httpd/modules/mod_wsgi.so: undefined symbol:"
                " PyUnicodeUCS4_Decode"),
    FailurePattern(
        "module-name",
        "LoadModule gives {module_file} a name that is not in it",
        "The first word of a LoadModule line is the module's name in its"
        " code: wsgi_module for mod_wsgi, python_module for mod_python.",
        ("mend the name or the file in the LoadModule line",
         "then `sudo {configtest}`"),
        line=r"Can't locate API module structure [`'\"]?[^`'\"]+['\"]? in"
             r" file (?P<module_file>\S+?):",
        where=("LoadModule",),
        example="Can't locate API module structure `mod_wsgi' in file"
                " /etc/httpd/modules/mod_wsgi.so:"
                " /etc/httpd/modules/mod_wsgi.so: undefined symbol:"
                " mod_wsgi"),
    FailurePattern(
        "include-missing",
        "a file that the configuration includes cannot be opened: {path}",
        "Include or IncludeOptional names it, or a link to it leads"
        " nowhere: a site file was removed and its link in sites-enabled"
        " was not.  Or it is the main file that Apache was started with.",
        ("`ls -l {path}`", "restore the file, or take the link or the"
         " Include line out", TEST_AND_RELOAD),
        line=r"Could not open (?:configuration file|config directory)"
             r" (?P<path>/.+?): .*",
        example="apache2: Syntax error on line 225 of"
                " /etc/apache2/apache2.conf: Could not open configuration"
                " file /etc/apache2/sites-enabled/shop.conf: No such file or"
                " directory"),
    FailurePattern(
        "module-unsigned",
        "macOS lets its Apache load no module that is not signed",
        "The Apache of macOS loads a module only if it is signed by somebody"
        " whom LoadModule names.",
        ("use the Apache of Homebrew; or sign the module with codesign, trust"
         " that certificate, and put its name behind the path in LoadModule",),
        line=r"Code signing absent - not loading module at: (?P<module_file>"
             r"\S+)",
        where=("LoadModule",),
        example="httpd: Syntax error on line 180 of"
                " /private/etc/apache2/httpd.conf: Code signing absent - not"
                " loading module at: /opt/homebrew/lib/mod_wsgi-py311.so"),
    FailurePattern(
        "no-mpm",
        "Apache has {reason}: it must be one",
        "Each mpm_... module is a way to spread requests over processes and"
        " threads, and Apache starts with one of them alone.",
        ("`grep -rn mpm_ {conf_root}` shows the LoadModule lines; leave one"
         " of them (Debian: `sudo a2dismod mpm_prefork mpm_worker` and then"
         " `sudo a2enmod mpm_event`)", "then `sudo {configtest}`"),
        line=r"(?:\S+: )?Configuration error: (?P<reason>(?:No|More than one)"
             r" MPM)",
        where=("LoadModule",),
        example="AH00534: apache2: Configuration error: More than one MPM"
                " loaded."),
    FailurePattern(
        "host-unknown",
        "<VirtualHost {host}> names a host without an address",
        "What stands in the tag is the address at which requests arrive; a"
        " name is looked up in DNS, and without an answer Apache leaves that"
        " address out.",
        ("write `<VirtualHost *:80>` (or 443), and the name after"
         " `ServerName` inside", TEST_AND_RELOAD),
        line=r"Could not resolve host name (?P<host>\S+) -- ignoring",
        example="AH00547: Could not resolve host name shop.example --"
                " ignoring!"),
    FailurePattern(
        "name-virtual-host",
        "NameVirtualHost does not fit the virtual hosts",
        "Apache 2.4 finds hosts by their names without it.  Apache 2.2 needs"
        " one such line for each address and port that several hosts share,"
        " written as in <VirtualHost>, or the first of them answers for all.",
        ("Apache 2.4: take the NameVirtualHost lines out; 2.2: add"
         " `NameVirtualHost *:443` (or 80) where it is missing",
         TEST_AND_RELOAD),
        line=r"NameVirtualHost (?:\S+ )?has no (?:effect|VirtualHosts)"
             r"|_default_ VirtualHost overlap|VirtualHost \S+ overlaps with",
        where=("NameVirtualHost",), level="warning",
        example="AH00548: NameVirtualHost has no effect and will be removed"
                " in the next release /etc/apache2/ports.conf:8"),
    FailurePattern(
        "no-certificate",
        "the certificate or its key {path} cannot be read",
        "It does not exist, is empty, or is not readable for the user that"
        " starts Apache.",
        ("`sudo certbot certificates` lists those there are; name one after"
         " SSLCertificateFile", "then `sudo {configtest}`"),
        line=r"SSLCertificate(?:Key)?File: file '(?P<path>[^']*)' does not"
             r" exist or is empty",
        where=("SSLCertificateFile", "SSLCertificateKeyFile"),
        check="MWD701",
        example="SSLCertificateFile: file '/etc/letsencrypt/live/shop/"
                "fullchain.pem' does not exist or is empty"),
    FailurePattern(
        "tls-without-certificate",
        "a VirtualHost has TLS switched on and no certificate",
        "With SSLEngine on each VirtualHost needs SSLCertificateFile and"
        " its key, unless mod_md is loaded and manages its name.",
        ("add them, or MDomain, or take `SSLEngine on` out",
         TEST_AND_RELOAD),
        line=r"Server should be SSL-aware but has no certificate configured"
             r"|Failed to configure at least one certificate"
             r"|SSL Library Error: .*no certificate assigned",
        where=("SSLEngine",), after=("managed-domains-overlap",),
        example="AH02240: Server should be SSL-aware but has no certificate"
                " configured [Hint: SSLCertificateFile]"
                " (/etc/apache2/sites-enabled/shop.conf:9)"),
    FailurePattern(
        "wrong-key",
        "the private key does not belong to the certificate",
        "They are of two different orders or renewals.",
        ("`sudo certbot certificates` shows the pairs that certbot made;"
         " the public keys that `openssl x509 -noout -pubkey` and `openssl"
         " pkey -pubout` print of the two files must be the same",
         "then `sudo {configtest}`"),
        line=r"Certificate and private key .* do not match"
             r"|SSL Library Error: .*key values mismatch",
        where=("SSLCertificateFile",), check="MWD702",
        example="AH02565: Certificate and private key shop.example:443:0"
                " from /etc/ssl/shop.pem and /etc/ssl/shop.key do not"
                " match"),
    FailurePattern(
        "tls-refused",
        "mod_ssl can make nothing of a setting of TLS: {reason}",
        "Apache's own test does not try these, and Apache ends when it starts"
        " or reloads with them: ciphers or curves that OpenSSL does not know,"
        " no protocol at all, a file of authorities without any, stapling"
        " without SSLStaplingCache.",
        ("compare with the generated file; `openssl ciphers -v` and `openssl"
         " ecparam -list_curves` show what OpenSSL knows",
         "then `sudo {restart}`"),
        line=r"(?P<reason>Unable to configure permitted (?:SSL|TLSv1\.3)"
             r" ciphers|No SSL protocols available|Unable to configure verify"
             r" locations|SSLStapling: no stapling cache available"
             r"|Host \S+: CRL checking has been enabled, but"
             r"|unable to configure X\.509 CRL storage"
             r"|\"SSLOpenSSLConfCmd .*\" failed)\b",
        where=("SSLCipherSuite", "SSLProtocol", "SSLOpenSSLConfCmd",
               "SSLCACertificateFile", "SSLUseStapling"),
        example="AH01898: Unable to configure permitted SSL ciphers"),
    FailurePattern(
        "certificate-self-signed",
        "the certificate is one of an authority, not of a server",
        "Mostly somebody signed it himself; browsers warn of it.",
        "get one of an authority, by certbot or the like, if visitors are"
        " not to be warned",
        line=r"\S+ server certificate is a CA certificate",
        where=("SSLCertificateFile",), level="warning",
        example="AH01906: shop.example:443:0 server certificate is a CA"
                " certificate (BasicConstraints: CA == TRUE !?)"),
    FailurePattern(
        "certificate-name",
        "the certificate has no name that is the host's",
        "Browsers refuse it for {host}.",
        ("`sudo certbot certificates` shows the names of each; get one that"
         " includes this host"),
        line=r"(?P<host>\S+) server certificate does NOT include an ID",
        where=("SSLCertificateFile",), level="warning",
        example="AH01909: shop.example:443:0 server certificate does NOT"
                " include an ID which matches the server name"),
    FailurePattern(
        "other-syntax",
        "Apache cannot read its configuration: {reason}",
        "The line is not what Apache expects there.",
        ("mend the line", TEST_AND_RELOAD),
        line=r"Syntax error: (?P<reason>.*)", check="MWD305",
        example="AH00526: Syntax error on line 4 of"
                " /etc/apache2/sites-enabled/shop.conf:\n"
                "ServerName takes one argument, The hostname and port of the"
                " server"),
    FailurePattern(
        "log-closed",
        "Apache may not write the log {path}",
        "The user who starts Apache may not write there: it was started"
        " without root, or a security policy (SELinux) forbids it.",
        ("`namei -l {path}` shows the owners and modes on the way",
         RESTART),
        line=r"(?:\S+: )?could not open (?:error|transfer) log file"
             r" (?P<path>.+?)\.?$",
        errno=(13,), where=("ErrorLog", "CustomLog"),
        example="(13)Permission denied: AH00091: apache2: could not open"
                " error log file /var/log/shop/error.log."),
    FailurePattern(
        "no-log-directory",
        "the directory of the log {path} is not there",
        "Apache does not start when it cannot open a log, and it makes no"
        " directory for one.",
        ("make the directory, or name another one with ErrorLog and"
         " CustomLog", "then `sudo {configtest} && sudo {restart}`"),
        line=r"Cannot access directory '(?P<path>[^']*)' for"
             r"|(?:\S+: )?could not open error log file (?P<path2>.+?)\.?$"
             r"|could not open transfer log file (?P<path3>.+?)\.?$",
        where=("ErrorLog", "CustomLog"), check="MWD109",
        example="AH02291: Cannot access directory '/var/log/shop/' for"
                " error log of vhost defined at"
                " /etc/apache2/sites-enabled/shop.conf:1"),
    FailurePattern(
        "pid-file",
        "Apache cannot write the file of its process number {path}",
        "Its directory is not there or is closed: what is below /run is gone"
        " after each start of the machine, and the service (in a container:"
        " its start script) makes it anew.",
        ("start Apache by its service, as root; in a container make that"
         " directory before, or name another one with PidFile",),
        line=r"could not create (?P<path>/\S+?\.pid)(?:\.\w+)?$"
             r"|\S+: could not log pid to file (?P<path2>/.+)",
        where=("PidFile",),
        example="(2)No such file or directory: AH00099: could not create"
                " /run/apache2/httpd.pid.x7Ya2c"),
    FailurePattern(
        "pid-left",
        "the Apache that ran before did not end in order",
        "It was killed, or the machine went down, so its PID file was left.",
        "nothing; if it comes again and again, see what kills it (`sudo dmesg"
        " | grep -i kill` shows a lack of memory)",
        line=r"pid file \S+ overwritten -- Unclean shutdown",
        level="warning",
        example="AH00098: pid file /run/apache2/apache2.pid overwritten --"
                " Unclean shutdown of previous Apache run?"),
    FailurePattern(
        "port-denied",
        "Apache may not listen at {address}",
        "A port below 1024 needs root; on Red Hat, SELinux lets Apache"
        " listen only at the ports of its own list.",
        ("start Apache by the service, as root",
         "on Red Hat `sudo semanage port -l` lists http_port_t",
         RESTART),
        line=r"make_sock: could not bind to address (?P<address>\S+)",
        errno=(13,), where=("Listen",),
        example="(13)Permission denied: AH00072: make_sock: could not bind"
                " to address [::]:80"),
    FailurePattern(
        "port-taken",
        "something else listens at {address} already",
        "Another server, or another Apache, has the port; or one Listen"
        " line stands twice.",
        ("`sudo ss -ltnp` shows who listens; stop that one, or change the"
         " Listen line", RESTART),
        line=r"make_sock: could not bind to address (?P<address>\S+)",
        where=("Listen",),
        example="(98)Address already in use: AH00072: make_sock: could not"
                " bind to address 0.0.0.0:80"),
    FailurePattern(
        "no-such-user",
        "there is no user or group {account}",
        "user=, group=, User or Group names an account that this machine"
        " does not have.",
        ("name one that exists: `getent passwd` lists the users",
         "then `sudo {configtest}`"),
        line=r"(?:\S+: )?bad (?:user|group) name (?P<account>\S+)",
        where=(DAEMON + " user", "User"), check="MWD205",
        example="AH00543: apache2: bad user name shopper"),
    FailurePattern(
        "document-root",
        "Apache does not start: {path} is no DocumentRoot",
        "The directory is not there, or the user who starts Apache may not"
        " read it.  Outside of every <VirtualHost> that is an error, inside of"
        " one a warning.",
        ("`namei -l {path}` shows how far the path is there; name a directory"
         " that is", "then `sudo {configtest}`"),
        line=r"DocumentRoot '(?P<path>[^']*)' is not a directory",
        where=("DocumentRoot",),
        example="AH00526: Syntax error on line 4 of"
                " /etc/httpd/conf/httpd.conf:\n"
                "DocumentRoot '/srv/www/shop' is not a directory, or is not"
                " readable"),
    FailurePattern(
        "no-document-root",
        "the DocumentRoot {path} is not there",
        "Requests that no alias takes are looked up in it.",
        "name a directory that exists; for a site whose every URL is the"
        " application's, DocumentRoot is not needed at all",
        line=r"(?:Warning: )?DocumentRoot \[(?P<path>.*)\] does not exist",
        where=("DocumentRoot",), level="warning",
        example="AH00112: Warning: DocumentRoot [/srv/www/shop] does not"
                " exist"),
    FailurePattern(
        "alias-shadowed",
        "an {directive} of {file} never takes effect",
        "An Alias before it has a URL that this one begins with; the first"
        " that fits counts.",
        ("put the longer URL first", TEST_AND_RELOAD),
        line=r"The (?P<directive>\S+) directive in (?P<file>.+) at line"
             r" (?P<number>\d+) will probably never match",
        level="warning", check="MWD411",
        example="AH00671: The Alias directive in"
                " /etc/apache2/sites-enabled/shop.conf at line 9 will"
                " probably never match because it overlaps an earlier"
                " Alias."),
    FailurePattern(
        "no-server-name",
        "the server has no name of its own",
        "Apache guesses one; this is harmless.",
        "`echo ServerName localhost | sudo tee {conf}/server-name.conf`"
        " keeps it quiet",
        line=r"(?:\S+: )?Could not reliably determine the server's fully",
        level="warning",
        example="AH00558: apache2: Could not reliably determine the"
                " server's fully qualified domain name, using 127.0.1.1"),
    FailurePattern(
        "undefined-variable",
        "the configuration uses the variable {variable}, which is not set",
        "Debian sets APACHE_* variables in /etc/apache2/envvars; apache2"
        " itself does not read that file.",
        "use `sudo apache2ctl configtest` instead of `apache2 -t`; a"
        " variable of your own needs a Define line",
        line=r"Config variable \$\{(?P<variable>[^}]*)\} is not defined"
             r"|Invalid Mutex directory in argument \S*\$\{"
             r"(?P<variable2>\w+)\}",
        level="warning",
        example="AH00111: Config variable ${APACHE_LOG_DIR} is not"
                " defined"),
    FailurePattern(
        "module-twice",
        "the module {module} is loaded twice",
        "The first LoadModule line counts, and the file that the other names"
        " is not loaded: of mod_wsgi, that decides which one runs.",
        ("remove one of the LoadModule lines: `grep -rn LoadModule"
         " /etc/apache2 /etc/httpd` lists them", RESTART),
        line=r"module (?P<module>\S+) is already loaded, skipping",
        where=("LoadModule",), level="warning",
        example="AH01574: module wsgi_module is already loaded, skipping"),
    FailurePattern(
        "mod-python-too",
        "mod_python and mod_wsgi are loaded into one Apache",
        "Both bring a Python; they cannot share a process.",
        ("`sudo a2dismod python`", RESTART),
        line=r"The mod_python module can not be used in conjunction",
        check="MWD303",
        example="mod_wsgi (pid=7): The mod_python module can not be used in"
                " conjunction with mod_wsgi 4.0+. Remove the mod_python"
                " module from the Apache configuration."),
    FailurePattern(
        "no-semaphores",
        "the system has no semaphore left for Apache",
        "\"No space left on device\" is said of semaphores here, not of the"
        " disk: Apaches that were killed leave theirs behind.",
        ("`ipcs -s` lists them by owner; remove those of Apache's user"
         " while Apache is stopped (ipcrm -s with the number)", RESTART),
        line=r"(?:Couldn't|Unable to) create (?:accept lock|the [\w-]+"
             r" mutex)|mod_fcgid: [Cc]an't create (?:global )?[\w-]* ?(?:mutex"
             r"|semaphore)|Cannot create SSLMutex|mod_rewrite: .*create"
             r" (?:rewrite_log_lock|lock)",
        errno=(28,),
        example="(28)No space left on device: AH00023: Couldn't create the"
                " mpm-accept mutex"),
    FailurePattern(
        "not-root",
        "Apache cannot have its processes run as User and Group say",
        "It was started without root, or in a container that keeps root from"
        " changing users (no CAP_SETUID and CAP_SETGID), or they do not name"
        " an account of this machine.",
        ("start it by its service, as root; or, where it is to run as one"
         " user, without User and Group, and at a port from 1024",),
        line=r"set(?:gid|uid): unable to (?:set group id|change to uid)"
             r"|initgroups: unable to set groups|Couldn't set permissions on"
             r" the [\w-]+ mutex; check User",
        where=("User", "Group"),
        example="(1)Operation not permitted: AH02156: setgid: unable to set"
                " group id to Group 33"),
    FailurePattern(
        "lock-directory",
        "Apache cannot make its lock files",
        "Their directory (of Mutex or DefaultRuntimeDir, mostly below /run)"
        " is not there, or closed.",
        ("start Apache by its service, as root, which makes the directory; in"
         " a container make it before", RESTART),
        line=r"(?:Couldn't create the [\w-]+ mutex|could not create accept"
             r" mutex)", errno=(2, 13, 20, 30),
        where=("Mutex", "DefaultRuntimeDir"),
        example="(2)No such file or directory: AH00023: Couldn't create the"
                " mpm-accept mutex (file /run/lock/mpm-accept-0.23131)"),
    FailurePattern(
        "semaphore-gone",
        "somebody removed the semaphore that Apache's processes wait at",
        "systemd does that when the last session of an account ends that is"
        " Apache's as well (RemoveIPC=), and ipcrm does.",
        ("`sudo {restart}`", "if it comes again: let nobody log in as Apache's"
         " user, or set RemoveIPC=no in /etc/systemd/logind.conf"),
        line=r"couldn't (?:grab|release) the accept mutex",
        example="(43)Identifier removed: AH00144: couldn't grab the accept"
                " mutex"),
    FailurePattern(
        "gave-up",
        "Apache ended, since one of its processes could not go on",
        "The message of that process stands before this one.",
        ("mend that", "then `sudo {restart}`"),
        line=r"Child \d+ returned a Fatal error\.\.\.|MPM run failed, exiting",
        after=("semaphore-gone", "no-semaphores", "lock-directory"),
        example="AH00050: Child 598 returned a Fatal error... Apache is"
                " exiting!"),
    FailurePattern(
        "filter-unknown",
        "a filter that the configuration names is not loaded: {name}",
        "DEFLATE is of mod_deflate, INCLUDES of mod_include, SUBSTITUTE of"
        " mod_substitute; without its module the response goes out as it is.",
        ("load its module, or take the filter out", RESTART),
        line=r"an unknown filter was not added: (?P<name>\S+)",
        where=("SetOutputFilter", "AddOutputFilter", "AddOutputFilterByType"),
        level="warning",
        example="AH00081: an unknown filter was not added: DEFLATE"),
    FailurePattern(
        "accept-filter",
        "the system has no accept filter {name}",
        "On FreeBSD it is a module of the kernel that hands connections over"
        " once their request is there; Apache works without.",
        "nothing; or load accf_http and accf_data with kldload, or switch it"
        " off with `AcceptFilter http none` (and https)",
        line=r"Failed to enable the '(?P<name>\w+)' Accept Filter",
        level="warning",
        example="(2)No such file or directory: AH00075: Failed to enable the"
                " 'httpready' Accept Filter"),
    FailurePattern(
        "rewrite-links",
        "RewriteRule is refused in {path}",
        "Rules of a <Directory> or .htaccess work only where Options"
        " FollowSymLinks or SymLinksIfOwnerMatch is on.",
        ("add `Options +FollowSymLinks` to its <Directory>", RELOAD),
        line=r"Options FollowSymLinks and SymLinksIfOwnerMatch are both off"
             r".*?: (?P<path>/.*)",
        where=("<Directory>",),
        example="AH00670: Options FollowSymLinks and SymLinksIfOwnerMatch"
                " are both off, so the RewriteRule directive is also"
                " forbidden due to its similar ability to circumvent"
                " directory restrictions : /srv/shop/"),
)
