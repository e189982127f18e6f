# Waits for the end of its standard input, that is, of the process that holds
# the other end.  If that one left its httpd, which is in the process group of
# this script, ends it and removes its directory, the first argument.
trap '' HUP INT QUIT TERM
while read -r line; do :; done
httpd=$(cat "$1/httpd.pid" 2>/dev/null)
kill -TERM 0
tries=50
while [ -n "$httpd" ] && kill -0 "$httpd" 2>/dev/null && [ $tries -gt 0 ]; do
    sleep 0.1
    tries=$((tries - 1))
done
rm -rf -- "$1"
kill -KILL 0
