"""What grants everybody access to a file, and what does not."""

PATH = "/nonexistent/shop/apache/shop.wsgi"
GRANTED, DENIED = "Require all granted\n", "Require all denied\n"


def section(head, text):
    return f"<{head}>\n{text}</{head.split()[0]}>\n"


def directory(path, text):
    return section(f"Directory {path}", text)


TOP = directory("/", DENIED)
# What is configured, and whether everybody is granted access to the script,
# mounted at /; None for what depends.
CASES = (
    ("", True),
    (TOP, False),
    (TOP + directory("/nonexistent", GRANTED), True),
    (directory("/nonexistent", GRANTED) + TOP, True),
    (TOP + directory("/nonexistent/sho", GRANTED), False),
    (directory("/nonexistent", GRANTED)
     + directory("/nonexistent/shop/apache", DENIED), False),
    (TOP + directory("/nonexistent/shop/apache",
                     section("Files *.wsgi", GRANTED)), True),
    (TOP + directory("/nonexistent/shop/apache",
                     section("Files *.py", GRANTED)), False),
    (TOP + section("Files ~ \"\\.wsgi$\"", GRANTED), True),
    (TOP + section("FilesMatch \"\\.wsgi$\"", GRANTED), True),
    (TOP + section("FilesMatch \"^test\"", GRANTED), False),
    (TOP + directory("/*/shop", GRANTED), True),
    (TOP + directory("/*", GRANTED), True),
    (TOP + directory("/*/apache", GRANTED), False),
    (TOP + directory("/nonexistent/s?op/apache", GRANTED), True),
    (TOP + section("DirectoryMatch ^/nonexistent/", GRANTED), True),
    (TOP + directory("~ ^/nonexistent/", GRANTED), True),
    (TOP + section("Location /", GRANTED), True),
    (directory("/nonexistent", GRANTED) + section("Location /", DENIED),
     False),
    (directory("/nonexistent", GRANTED) + section("Location /a", DENIED),
     True),
    (directory("/nonexistent", GRANTED) + section("LocationMatch ^/", DENIED),
     False),
    (section("Location /", GRANTED) + section("Location /", DENIED), False),
    (section("Location /", DENIED) + section("Location /", GRANTED), True),
    (TOP + directory("/nonexistent", "Require ip 10.0.0.0/8\n"), None),
    (TOP + directory("/nonexistent", "Require valid-user\n" + GRANTED), True),
    (TOP + directory("/nonexistent", section("RequireAll", GRANTED)), None),
    (TOP + directory("/nonexistent", section("If true", GRANTED)), None),
    (TOP + directory("/nonexistent", section("Limit GET", GRANTED)), None),
    (TOP + directory("/nonexistent", GRANTED
                     + "Order deny,allow\nDeny from all\n"), False),
    (TOP + directory("/nonexistent", GRANTED
                     + "Order deny,allow\nAllow from all\n"), True),
    (directory("/nonexistent", "Order allow,deny\nAllow from all\n"), True),
    (TOP + directory("/nonexistent", "Order deny,allow\nAllow from all\n"
                     "Satisfy Any\n"), None),
    (TOP + directory("/nonexistent", "Order deny,allow\nDeny from all\n"
                     "Satisfy Any\n"), None),
    (TOP + directory("/nonexistent", GRANTED + "Order deny,allow\n"
                     "Deny from all\nSatisfy Any\n"), True),
    (TOP + directory("/nonexistent", GRANTED + "Order deny,allow\n"
                     "Deny from all\nSatisfy All\n"), False),
    (directory("/nonexistent", "Order allow,deny\n"), False),
    (directory("/nonexistent", "Order allow,deny\nAllow from 10\n"), None),
    (TOP + directory("/nonexistent",
                     "Order allow,deny\nAllow from all\n"), False),
    (directory("/nonexistent", "Deny from all\n")
     + directory("/nonexistent/shop", "Allow from all\n"), True),
    (TOP + section("VirtualHost *:80", directory("/nonexistent", GRANTED)),
     False),
    (TOP + directory("/nonexistent", "AuthMerging And\n" + GRANTED), None),
)
