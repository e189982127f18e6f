"""Who may read what."""

from modwsgideploy.catalog.failures.model import (
    ALIAS,
    LAYOUT,
    FailurePattern,
)

# Who may read what.
ACCESS = (
    FailurePattern(
        "closed-directory",
        "Apache may not enter a directory above {path}",
        "{user} needs the x permission on every directory of the path; home"
        " directories are often 0700.  On Red Hat, SELinux stops it as well.",
        LAYOUT + "; `sudo chmod o+x DIRECTORY` opens one, and `sudo ausearch"
        " -m avc -ts recent` shows what SELinux stopped",
        line=r"access to \S+ (?:denied|failed) \(filesystem path"
             r" '(?P<path>[^']*)'\)",
        where=(ALIAS, "Alias"),
        check="MWD201"),
    FailurePattern(
        "kept-back",
        "{path} was asked for, which visitors are not to see",
        "Scanners ask every server for such files; that they get none is as"
        " it should be.",
        "nothing: let no `Require all granted` reach it",
        line=r"client denied by server configuration: '?(?P<path>/(?:[^']*/)?"
             r"(?:\.(?:ht|git|svn|hg|bzr|env|ssh|aws|DS_Store)[^']*?"
             r"|server-(?:status|info)))'?(?:, referer: .*|\.)?$",
        level="warning"),
    FailurePattern(
        "denied",
        "Apache is not allowed to serve {path}",
        "Nothing is served from a directory unless Require grants it, and"
        " what is not there is refused in the same words.  In Apache 2.4"
        " Order and Allow do not count.",
        "`ls {directory}` shows whether it is there; if so, give the"
        " deployment `<Directory {directory}>` with `Require all granted`"
        " inside, then `sudo {configtest} && sudo {reload}`",
        line=r"client denied by server configuration: '?(?P<path>/[^']*?)'?"
             r"(?:, referer: .*|\.)?$",
        codes=("WSGI0057",), where=("<Directory>", ALIAS, "Alias"),
        after=("no-document-root",),
        check="MWD311"),
    FailurePattern(
        "unreadable-file",
        "Apache's user cannot read {path}",
        "A file that Apache serves must be readable for {user}.",
        "`sudo chmod o+r {path}`",
        line=r"file permissions deny server access: (?P<path>/.*)",
        check="MWD201"),
    FailurePattern(
        "link",
        "{path} is a symbolic link, which Apache may not follow, or that"
        " leads nowhere",
        "Options FollowSymLinks is off there, or the target cannot be"
        " reached.",
        "name the file itself (`realpath {path}`), or add `Options"
        " FollowSymLinks` to its <Directory>; then `sudo {reload}`",
        line=r"Symbolic link not allowed or link target not accessible:"
             r" (?P<path>/.*)",
        where=("<Directory>", ALIAS)),
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
        check="MWD409"),
    FailurePattern(
        "no-index",
        "the URL of the directory {path} was asked for",
        "It has no index page, and listing it is off, as it should be.",
        "ask for a file in it; nothing is wrong with the deployment",
        line=r"Cannot serve directory (?P<path>/.*?): No matching",
        level="warning"),
    FailurePattern(
        "no-exec",
        "{path} may not be run",
        "A script without WSGIScriptAlias, by SetHandler or FastCGI, needs"
        " Options ExecCGI in its directory.",
        "add `Options +ExecCGI` to its <Directory>; then `sudo {reload}`",
        line=r"Options ExecCGI is off in this directory(?:: (?P<path>/.*))?"
             r"|mod_fcgid: location of script (?P<path2>\S+) does not have"
             r" ExecCGI",
        codes=("WSGI0134",), where=("<Directory>", "<Files>")),
    FailurePattern(
        "selinux",
        "SELinux or AppArmor stops the server",
        "A security policy of the system forbids what ordinary permissions"
        " allow.",
        "`sudo ausearch -m avc -ts recent | audit2why` names the switch; most"
        " often it is `sudo setsebool -P httpd_can_network_connect_db on`,"
        " `sudo chcon -R -t httpd_sys_content_t DIRECTORY` for code, or"
        " httpd_sys_rw_content_t for data",
        line=r"(?:audit: )?(?:type=\S+ )?.*?(?:avc:\s+denied"
             r"|apparmor=\"DENIED\")",
        check="MWD206"),
)
