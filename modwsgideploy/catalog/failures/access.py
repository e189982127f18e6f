"""Failures because of who may read what."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    LAYOUT,
    RELOAD,
    RESTART,
    TEST_AND_RELOAD,
    FailurePattern,
)

_DENIED = r"[Cc]lient denied by server configuration: '?(?:uri )?"
_DENIED_END = r"'?(?:, referer: .*|\.)?$"
ACCESS = (
    FailurePattern(
        "mod-evasive",
        "mod_evasive refused requests that came too fast (403)",
        "It counts what one address asks for within a short time; a page with"
        " many files, or one that asks again and again by itself, comes to"
        " the same as an attack.  Require has no part in it.",
        ("nothing, if it was one; else raise DOSPageCount and DOSSiteCount,"
         " or name the address with DOSWhitelist", RELOAD),
        line=_DENIED + r"(?P<path>/.*?)" + _DENIED_END,
        modules=("evasive20",), where=("DOSPageCount", "DOSSiteCount"),
        level="warning",
        example="[Fri Nov 27 12:00:00.000000 2026] [evasive20:error] [pid 7]"
                " [client 192.0.2.7:5000] client denied by server"
                " configuration: /srv/shop/"),
    FailurePattern(
        "htaccess-closed",
        "Apache's user cannot look for {path}",
        "Before Apache serves a file it looks for .htaccess in each"
        " directory above it, and a directory or the file itself is closed"
        " to {user}; on Red Hat, SELinux may be what closes it.",
        ("`namei -l {path}` shows which directory stops {user}; give others"
         " the x permission on that one, or move the site out of the home"
         " directory", "where AllowOverride is None above it, Apache does"
         " not look at all"),
        line=r"(?P<path>/.+?) pcfg_openfile: unable to check htaccess file",
        check="MWD201", where=("<Directory>", ALIAS, "DocumentRoot"),
        example="(13)Permission denied: [client 192.0.2.7:5000] AH00529:"
                " /home/anna/.htaccess pcfg_openfile: unable to check"
                " htaccess file, ensure it is readable and that"
                " '/home/anna/' is executable"),
    FailurePattern(
        "closed-directory",
        "Apache may not enter a directory above {path}",
        "{user} needs the x permission on every directory of the path; home"
        " directories are often closed.  On Red Hat, SELinux may be what"
        " stops it.",
        ((LAYOUT + "; give others the x permission on that one",
          "see the directories above DocumentRoot and the site with `namei -l`"
          " and their paths; give others the x permission on the one that"
          " lacks it"),
         "on Red Hat `sudo ausearch -m avc -ts recent` shows what SELinux"
         " stopped"),
        line=r"access to \S+ (?:denied|failed) \(filesystem path"
             r" '(?P<path>[^']*)'\)"
             r"|access to \S+ denied(?: because search permissions are missing"
             r"|$)",
        where=(ALIAS, "Alias"), check="MWD201",
        example="(13)Permission denied: [client 192.0.2.7:5000] AH00035:"
                " access to /shop denied (filesystem path"
                " '/home/anna/shop') because search permissions are missing"
                " on a component of the path"),
    FailurePattern(
        "kept-back",
        "{path} was asked for, which visitors are not to see",
        "Scanners ask every server for such files; that they get none is as"
        " it should be.",
        "nothing: let no `Require all granted` reach it",
        line=_DENIED + r"(?P<path>/(?:[^']*/)?"
             r"(?:\.(?:ht|git|svn|hg|bzr|env|ssh|aws|DS_Store)[^']*?"
             r"|server-(?:status|info)))" + _DENIED_END,
        level="warning",
        example="AH01630: client denied by server configuration:"
                " /srv/shop/.git/config"),
    FailurePattern(
        "proxy-not-granted",
        "Apache may not forward this request to {path} (403)",
        "What goes through the proxy is no file, so the rules of <Directory>"
        " do not count; one of <Proxy>, <Location> or of the whole server"
        " refuses it.",
        ("if visitors should get there, put `Require all granted` into a"
         " <Location> of that URL, and remove Order, Allow and Deny there",
         TEST_AND_RELOAD),
        line=_DENIED + r"proxy:(?P<path>\S+?)" + _DENIED_END,
        where=("ProxyPass", "<Proxy"),
        example="AH01630: client denied by server configuration:"
                " proxy:http://127.0.0.1:8000/"),
    FailurePattern(
        "denied-by-order",
        "Order, Allow or Deny refuse {path} to the client",
        "AH01797 is of mod_access_compat: a line of Apache 2.2's Order,"
        " Allow and Deny is in force there and denies, whatever Require"
        " says beside it.",
        ("`grep -rnE '^[[:space:]]*(Order|Allow|Deny)[[:space:]]' {conf_root}`"
         " lists those lines (.htaccess files may have some, too); where the"
         " client should get in, remove Order, Allow and Deny together and"
         " say it with Require alone", TEST_AND_RELOAD),
        line=_DENIED + r"(?P<path>\S.*?)" + _DENIED_END,
        only_codes=("AH01797",), where=("Deny", "Order"), check="MWD306",
        example="AH01797: client denied by server configuration:"
                " /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "denied-by-script",
        "the WSGIAccessScript refuses {path} to the client",
        "Its function allow_access returned False for the client's"
        " address.",
        "look into the script that WSGIAccessScript names, if that client"
        " should get in",
        line=r"Client denied by server configuration: '(?P<path>[^']*)'",
        codes=("WSGI0057",), where=("WSGIAccessScript",), level="warning",
        example="mod_wsgi (pid=7): Client denied by server configuration:"
                " '/srv/shop/apache/shop.wsgi'."),
    FailurePattern(
        "denied",
        "Apache is not allowed to serve {path}",
        "Nothing is served from a directory unless the configuration grants"
        " it (Require; in Apache 2.2 Order and Allow), and what is not"
        " there is refused in the same words.  Where it is below DocumentRoot"
        " and an application answers all the same, Apache only looked for what"
        " follows its mount point (PATH_TRANSLATED); that is harmless.",
        ("`ls -ld {path}` shows whether it is there",
         ("if the application's own URL is refused, give it `<Directory"
          " {script_directory}>` with `Require all granted` inside",
          "if it should be public, give its directory (none above it) a"
          " <Directory> section with `Require all granted` inside"),
         TEST_AND_RELOAD),
        line=_DENIED + r"(?P<path>\S.*?)" + _DENIED_END,
        where=("<Directory>", ALIAS, "Alias"), after=("no-document-root",),
        check="MWD311",
        example="AH01630: client denied by server configuration:"
                " /srv/shop/apache/shop.wsgi"),
    FailurePattern(
        "negotiation",
        "MultiViews takes a URL for one of several files, and none fits",
        "With Options MultiViews Apache looks for files whose names begin as"
        " the URL does, such as app.py for /app, and keeps the URL from what"
        " should answer it.",
        ("add `Options -MultiViews` to the <Directory>", TEST_AND_RELOAD),
        line=r"Negotiation: discovered file\(s\) matching request:"
             r" (?P<path>/\S+)",
        where=("Options",),
        example="AH00687: Negotiation: discovered file(s) matching request:"
                " /srv/shop/app (None could be negotiated)."),
    FailurePattern(
        "unreadable-file",
        "Apache's user cannot read {path}",
        "A file that Apache serves must be readable for {user}; on Red Hat,"
        " SELinux may be what keeps it closed.",
        (LAYOUT, "let others read the file, or its group be"
         " {group_of_user}"),
        line=r"file permissions deny server access: (?P<path>/.*)",
        check="MWD201",
        example="(13)Permission denied: AH00132: file permissions deny"
                " server access: /srv/shop/static/site.css"),
    FailurePattern(
        "link",
        "{path} is a symbolic link that Apache may not follow, or that"
        " leads nowhere",
        "Options FollowSymLinks is off there, or the target cannot be"
        " reached.",
        ("name the file itself (`realpath {path}`), or add `Options"
         " +FollowSymLinks` to its <Directory>", RELOAD),
        line=r"Symbolic link not allowed or link target not accessible:"
             r" (?P<path>/.*)",
        where=("<Directory>", ALIAS),
        example="AH00037: Symbolic link not allowed or link target not"
                " accessible: /srv/shop/static"),
    FailurePattern(
        "no-such-file",
        "a request asks for {path}, which is not there",
        "Either the URL belongs to no alias and Apache looks below"
        " DocumentRoot - a mount point written with a slash at its end does"
        " that to the URL without one - or an Alias leads to a wrong"
        " directory.",
        "write mount points as `WSGIScriptAlias /app`, not `/app/`; see that"
        " the directory of the Alias exists",
        line=r"File does not exist: (?P<path>/[^,]*)",
        where=("Alias", ALIAS, "DocumentRoot"), level="warning",
        check="MWD409",
        example="AH00128: File does not exist: /var/www/html/shop"),
    FailurePattern(
        "no-index",
        "the URL of the directory {path} was asked for",
        "It has no index page, and listing it is off.  For a URL that"
        " should be the application's, WSGIScriptAlias does not take it: the"
        " request ended in a directory.",
        "nothing, if there should be no page; else see that"
        " WSGIScriptAlias names that URL in the VirtualHost that answers"
        " (`sudo {dump_hosts}` lists those)",
        line=r"Cannot serve directory (?P<path>/.*?): No matching"
             r"|Directory index forbidden by (?:Options directive|rule):"
             r" (?P<path2>/\S*)",
        level="warning",
        example="AH01276: Cannot serve directory /var/www/html/: No"
                " matching DirectoryIndex (index.html) found, and"
                " server-generated directory index forbidden by Options"
                " directive"),
    FailurePattern(
        "no-exec",
        "{path} may not be run",
        "A script without WSGIScriptAlias, by SetHandler, AddHandler, CGI or"
        " FastCGI, needs Options ExecCGI in its directory.",
        ("add `Options +ExecCGI` to its <Directory>", RELOAD),
        line=r"Options ExecCGI is off in this directory(?:: (?P<path>/.*))?"
             r"|mod_fcgid: location of script (?P<path2>\S+) does not have"
             r" ExecCGI",
        codes=("WSGI0134",), where=("<Directory>", "<Files>"),
        example="Options ExecCGI is off in this directory:"
                " /srv/shop/shop.wsgi"),
    FailurePattern(
        "password-wrong",
        "visitors give a wrong name or password",
        "Apache asked for a password, and what came was not right; of many"
        " addresses that is people who try.",
        "nothing, unless it is you: then `htpasswd` sets a new one",
        line=r"user (?P<account>\S*?):? (?:authentication failure for"
             r"|not found:|(?:password mismatch|in realm))"
             r"|(?:User '(?P<account2>[^']*)' not found in|Password mismatch"
             r" for user '(?P<account3>[^']*)' in) executing",
        level="warning",
        example="AH01617: user anna: authentication failure for \"/admin\":"
                " Password Mismatch"),
    FailurePattern(
        "password-file",
        "Apache cannot read the passwords in {path}",
        "AuthUserFile names a file that is not there, or that {user} cannot"
        " read; who logs in gets 500.",
        ("make it with `htpasswd -c -B`, or name the right one in"
         " AuthUserFile; {user} has to be able to read it", RELOAD),
        line=r"Could not open password file: (?P<path>/.+)$",
        where=("AuthUserFile",),
        example="(2)No such file or directory: [client 192.0.2.7:5000]"
                " AH01620: Could not open password file:"
                " /etc/apache2/shop.passwords"),
    FailurePattern(
        "no-authentication",
        "Require asks who the visitor is, and no AuthType says how to find"
        " out",
        "Require valid-user, user or group needs AuthType, AuthName and where"
        " the passwords are, in the same section; without them all get 500.",
        ("add them, such as `AuthType Basic`, `AuthName Shop` and"
         " `AuthUserFile /etc/apache2/shop.passwords`", TEST_AND_RELOAD),
        line=r"No authentication done but request not allowed without"
             r" authentication for (?P<url>\S*)\."
             r"|need AuthName: (?P<url2>\S+)",
        where=("Require",),
        example="AH00027: No authentication done but request not allowed"
                " without authentication for /admin. Authentication not"
                " configured?"),
    FailurePattern(
        "no-authentication-module",
        "Apache does not load what AuthType {type} needs",
        "AuthType Basic is of mod_auth_basic, Digest of mod_auth_digest,"
        " openid-connect of mod_auth_openidc; without its module all get 500.",
        ("Debian: `sudo a2enmod auth_basic authn_file authz_user` for Basic",
         RESTART),
        line=r"AuthType (?P<type>\S+) configured without corresponding module",
        where=("AuthType",), check="MWD302",
        example="AH01796: AuthType Basic configured without corresponding"
                " module"),
    FailurePattern(
        "no-password-provider",
        "nothing that Apache asks for passwords has an answer",
        "AuthType Basic is there, and what AuthBasicProvider names (file,"
        " ldap, dbm and so on) is not loaded or has no AuthUserFile or the"
        " like; all get 500.",
        ("load the module of the provider (Debian: `sudo a2enmod authn_file`),"
         " and name the passwords in the same section", RESTART),
        line=r"configuration error: +couldn't (?:check user|perform"
             r" authentication)", where=("AuthBasicProvider", "AuthType"),
        example="configuration error:  couldn't check user.  Check your authn"
                " provider!: /admin"),
    FailurePattern(
        "ldap-down",
        "the LDAP server behind AuthLDAPURL does not answer",
        "It does not run, its name or port is wrong, a firewall or SELinux"
        " keeps Apache from it, or its certificate is not accepted.",
        ("see AuthLDAPURL; on Red Hat `sudo setsebool -P"
         " httpd_can_connect_ldap on`", RELOAD),
        line=r"auth_ldap authenticate: .*\[(?:Can't contact LDAP server"
             r"|Connect error|Timed out)\]"
             r"|auth_ldap authori[sz]e: .*ldap_simple_bind\(\) failed",
        where=("AuthLDAPURL",),
        example="AH01695: auth_ldap authenticate: user anna authentication"
                " failed; URI /trac/login [LDAP: ldap_simple_bind() failed]"
                "[Can't contact LDAP server]"),
    FailurePattern(
        "kerberos-key",
        "Apache has no Kerberos key for its name, or cannot read it",
        "The keytab must have HTTP/ and the host's name as visitors type it,"
        " and {user} must be able to read the file.",
        ("`sudo klist -k` with the file of GssapiCredStore (Krb5KeyTab) shows"
         " the names in it", "let {group_of_user} read it", RELOAD),
        line=r"GSS ERROR .*(?:No key table entry|server creds|Permission"
             r" denied|keytab)|gss_acquire_cred\(\) failed",
        where=("GssapiCredStore", "Krb5KeyTab"),
        example="GSS ERROR gss_acquire_cred[_from]() failed to get server"
                " creds: [Unspecified GSS failure. (No key table entry found"
                " matching HTTP/shop.example@)]"),
    FailurePattern(
        "openid-state",
        "mod_auth_openidc does not find the login that a visitor began",
        "It keeps that in a cookie, which was not sent back: the login began"
        " under another name or scheme than OIDCRedirectURI has (www, http),"
        " took too long, or its page was opened from a bookmark.",
        ("let OIDCRedirectURI have the scheme and name that visitors use, and"
         " redirect all others to it; where a proxy in front speaks HTTPS for"
         " Apache, name the headers that tell of it with"
         " OIDCXForwardedHeaders; if few visitors have it, nothing",
         RELOAD),
        line=r"oidc_(?:restore_proto_state|authorization_response_match_state"
             r"|unsolicited_proto_state|clean_expired_state_cookies"
             r"|state_cookies_clean_expired"
             r"|handle_authorization_response|response_match_state"
             r"|proto_\w+_state|response_proto_state_restore)[:(] ?.*(?:state"
             r"|JWT)|oidc_\w+: the URL (?:scheme|hostname) \(\S+\) of the"
             r" configured OIDCRedirectURI does not match",
        where=("OIDCRedirectURI",), level="warning",
        example='oidc_restore_proto_state: no "mod_auth_openidc_state_ozyX"'
                " state cookie found"),
    FailurePattern(
        "modsecurity",
        "ModSecurity refused requests ({code})",
        "One of its rules took them for an attack; the line has the rule's"
        " number after id.",
        "nothing, if they are of scanners; for a page of the application"
        " that does not work any more: SecRuleRemoveById with the rule's"
        " number, in a <Location> of that page",
        line=r"ModSecurity: +(?:Access denied with code (?P<code>\d+)"
             r"|Access denied)",
        level="warning",
        example="ModSecurity: Access denied with code 403 (phase 2). Pattern"
                ' match "(^[;]+)" at REQUEST_COOKIES:messages. [line "64"]'
                ' [id "981318"]'),
    FailurePattern(
        "not-required-user",
        "{account} has logged in, and Require does not let {account} in",
        "The password was right; the user is none of those that Require"
        " names.",
        ("nothing, or name the user or the group in the Require line", RELOAD),
        line=r"user (?P<account>\S*): authorization failure for",
        where=("Require",), level="warning",
        example='AH01631: user anna: authorization failure for "/admin": '),
    FailurePattern(
        "auth-refused",
        "{account} has logged in, and is not allowed in",
        "Require asks for a group or a name that the user does not have.",
        "see the Require lines of that URL, and the groups that"
        " groups_for_user returns",
        line=r"Authorization of user '(?P<account>[^']*)' to access",
        codes=("WSGI0059", "WSGI0060"), level="warning",
        example="mod_wsgi (pid=7): Authorization of user 'anna' to access"
                " '/admin' failed. User is not a member of designated"
                " groups."),
    FailurePattern(
        "auth-script",
        "the script that is to check users for Apache does not do so",
        "AuthBasicProvider wsgi, WSGIAuthUserScript, WSGIAuthGroupScript and"
        " WSGIAccessScript call functions with fixed names: check_password,"
        " get_realm_hash, groups_for_user, allow_access.  One is not there,"
        " or returned what it must not, or no script is named.",
        ("see the function in the script, and that the directive names it",
         RELOAD),
        line=r"Target WSGI (?:user authentication|group authentication|host"
             r" access) script '(?P<script>[^']*)' does not provide"
             r"|Location of WSGI (?:user authentication|group (?:"
             r"authentication|authorization)|host access|dispatch) script"
             r" not provided|(?:Groups for user|Indicator of host"
             r" accessibility) returned|(?:Basic|Digest) auth provider",
        codes=tuple(f"WSGI{n:04}" for n in (
            41, 43, 44, 46, 47, 49, 50, 51, 52, 53, 55, 56, 58, 85, 176,
            177, 178, 179)),
        error=r"TypeError: (?:Basic|Digest) auth provider must",
        where=("WSGIAuthUserScript", "WSGIAuthGroupScript",
               "WSGIAccessScript"),
        example="mod_wsgi (pid=7): Target WSGI user authentication script"
                " '/srv/shop/auth.wsgi' does not provide 'Basic' auth"
                " provider."),
    FailurePattern(
        "selinux",
        "SELinux stopped something",
        "A security policy of the system forbids what ordinary permissions"
        " allow.",
        "`sudo ausearch -m avc -ts recent | audit2why` names the switch; for"
        " Apache most often: `sudo setsebool -P"
        " httpd_can_network_connect_db on` for a database over the network,"
        " and the type httpd_sys_content_t for code or"
        " httpd_sys_rw_content_t for data",
        line=r"(?:audit: )?(?:type=\S+ )?.*?avc:\s+denied"
             r"|SELinux is preventing ", check="MWD206",
        example="type=AVC msg=audit(1588586400.123:456): avc:  denied  {"
                " getattr } for  pid=871 comm=\"httpd\""),
    FailurePattern(
        "apparmor",
        "AppArmor stopped something",
        "The profile of the program that the line names forbids what"
        " ordinary permissions allow.",
        "`sudo aa-status` lists the profiles in force; add what the line"
        " names to that of Apache",
        line=r"(?:audit: )?(?:type=\S+ )?.*?apparmor=\"DENIED\"",
        check="MWD207",
        example="audit: type=1400 audit(1588586400.123:45):"
                " apparmor=\"DENIED\" operation=\"open\""
                " profile=\"/usr/sbin/apache2\" name=\"/srv/shop/shop.ini\""),
)
