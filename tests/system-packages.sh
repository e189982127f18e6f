#!/bin/sh
# Install the Debian packages given as arguments, those that are missing,
# when root or sudo is there to do it; say what to do where they are not.
set -eu
missing=
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null \
        | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get >/dev/null || {
    echo "install the equivalents of these Debian packages:$missing" >&2
    exit 0
}
if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null; then
    sudo=sudo
else
    echo "as root, run: apt-get install$missing" >&2
    exit 1
fi
echo "installing$missing"
$sudo apt-get update -qq
# The package would start the system's Apache; ours is a private one.
$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
# Debian enables it beside mod_wsgi, and then the system's Apache cannot start.
case "$missing " in *" libapache2-mod-python "*)
    $sudo a2dismod -q python >/dev/null;;
esac
