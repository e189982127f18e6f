"""Releases that reach all hosts or none, and what is said of the others."""

import itertools
import time
import unittest

from tests.support import hosts
from tests.support.host_case import PROJECTS, HostCase, recap, state
from tests.support.host_case import path as source
from tests.support.load import Load

BALANCER = """\
<VirtualHost *:80>
    ServerName shop.example.com
    <Proxy balancer://shop>
{}
        ProxySet nonce=only-here
    </Proxy>
    ProxyPreserveHost On
    ProxyPass /balancer-manager !
    ProxyPass / balancer://shop/
    <Location /balancer-manager>
        SetHandler balancer-manager
        Require local
    </Location>
</VirtualHost>
"""


# Has the host's first answer by Apache wait until its cable is drawn.
WAITING = """
import fcntl, socket, time

def is_connected():      # SIOCGIFFLAGS, IFF_RUNNING
    with socket.socket() as any:
        return fcntl.ioctl(any, 0x8913, b'eth0'.ljust(40, b'\\0'))[16] & 0x40

def wait(environ):
    if HOST != 'host4' or '/' not in environ['SERVER_SOFTWARE']:
        return
    for _ in range(250):
        if os.path.exists('/var/tmp/cut'):
            return
        if not is_connected():
            open('/var/tmp/cut', 'w').close()
        time.sleep(0.1)
"""


class Many(HostCase):
    """200 sites."""

    sites = 194

    def test_all_are_served_and_a_second_run_touches_nothing(self):
        self.assertEqual(sum(len(self.names(host)) for host in self.serving),
                         200)
        self.assertEqual(self.served(), self.expected("1"))
        before = [state(host) for host in self.serving]
        counts = recap(self.rollout())
        self.assertEqual({name: count["changed"]
                          for name, count in counts.items()},
                         {host.name: 0 for host in self.serving})
        for host, was in zip(self.serving, before):
            self.assertEqual(state(host), was, host)
        self.assertEqual(self.served(), self.expected("1"))


class Releases(HostCase):
    """New code for six hosts, behind a balancer on a seventh."""

    sites = 6
    others = 1
    sizes = {"host3": "160m"}
    numbers = itertools.count(2)
    version = "1"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.balancer = cls.fleet[cls.count]
        members = "\n".join(
            f"        BalancerMember http://{host.name} ttl=4"
            for host in cls.serving)
        available = cls.balancer.root / "etc/apache2/sites-available"
        (available / "shop.conf").write_text(BALANCER.format(members))
        with (cls.balancer.root / "etc/hosts").open("a") as stream:
            stream.write("127.0.0.1 shop.example.com\n")
        cls.balancer.run("a2enmod", "-q", "proxy", "proxy_http",
                         "proxy_balancer", "lbmethod_byrequests")
        cls.balancer.run("a2ensite", "-q", "shop")
        cls.balancer.run("systemctl", "restart", "apache2")

    def new_code(self, **changes):
        """Write the code of another version; its number."""
        version = str(next(self.numbers))
        self.write(version, **changes)
        return version

    def release(self, *options):
        """Roll good code out."""
        version = self.new_code()
        self.rollout(*options)
        type(self).version = version
        self.assertEqual(self.served(), self.expected(version))

    def failing(self, *options, playbook="rollout.yml"):
        """What a playbook says that cannot do it."""
        return self.playbook(playbook, *options, status=None)

    def assert_served(self, **versions):
        """Each host serves what it did, or the version that it is named with.
        """
        for host in self.serving:
            version = versions.get(host.name, self.version)
            self.assertEqual(self.served(host), self.expected(version, host))

    # The tests

    def test_no_request_is_lost_behind_a_balancer(self):
        with self.fleet.network():     # the threads stay in it
            load = Load(80, ["/"], connections=4, pause=0.01,
                        again=True, address=self.balancer.address,
                        host="shop.example.com")
            with load:
                before = self.version
                version = self.new_code()
                self.rollout(
                    "-e", f"site_drain_tasks={source('drain.yml')}",
                    "-e", f"site_add_tasks={source('add.yml')}",
                    "-e", f"balancer={self.balancer.name}",
                    "-e", "balancer_nonce=only-here",
                    "-e", '{"site_serial": [1, 1, 2]}')
                type(self).version = version
                now = self.answered_by_all(version)
        self.assertEqual(load.failed("/"), {})
        answered = {tuple(body.split()[0:3:2]) for body in load.bodies("/")}
        self.assertEqual(answered | now, {
            (each, host.name) for each in (before, version)
            for host in self.serving})
        self.assertEqual(self.served(), self.expected(version))

    def answered_by_all(self, version):
        """Ask the balancer until each host has answered; versions and hosts.
        """
        found = set()
        end = time.monotonic() + hosts.LIMIT_SECONDS
        while len({name for each, name in found if each == version}) < (
                len(self.serving)):
            self.assertLess(time.monotonic(), end, found)
            found.add(tuple(self.balancer.get(
                "/", "shop.example.com").body.split()[0:3:2]))
        return found

    def test_a_release_is_taken_back_on_all_hosts(self):
        before = self.version
        self.release()
        self.playbook("modwsgideploy.fleet.rollback")
        type(self).version = before
        self.assertEqual(self.served(), self.expected(before))

    def test_a_host_that_is_lost_before_it_is_switched(self):
        self.new_code()
        first = self.serving[0]
        self.addCleanup(first.connect)
        printed = self.failing(
            "-e", f"site_drain_tasks={source('cut_off.yml')}",
            "-e", f"lost_host={first.name}")
        first.connect()
        self.assert_served()
        self.assertIn("serves what it served before, but for host1, and no"
                      " later one was switched", printed)
        self.assert_lost(first, self.current(first), printed)

    def test_a_host_that_is_lost_while_it_is_switched(self):
        lost, beside = self.serving[3], self.serving[2]
        before = self.current(lost)
        version = self.new_code(importing=WAITING, more="wait(environ)")
        self.addCleanup(lost.connect)
        printed = self.failing(
            "-e", f"site_drain_tasks={source('cut_off_later.yml')}",
            "-e", f"lost_host={lost.name}", "-e", f"lost_root={lost.root}")
        self.assert_lost(lost, before, printed)
        # It goes on by itself.
        end = time.monotonic() + hosts.LIMIT_SECONDS
        while self.current(lost) == before:
            self.assertLess(time.monotonic(), end, printed)
            time.sleep(0.1)
        lost.connect()
        # The batches before it were in order; what is beside it went back.
        self.assert_served(host1=version, host2=version, host4=version)
        printed = self.playbook("modwsgideploy.fleet.status")
        self.assertIn(f"release {self.current(beside)}, 2 sites in order;"
                      f" others serve release {self.current(lost)}", printed)
        counts = recap(self.rollout())
        self.assertEqual((counts[lost.name]["changed"],
                          counts[beside.name]["changed"]), (0, 1))
        type(self).version = version
        self.assert_served()

    def assert_lost(self, host, before, printed):
        """The report says what a host may serve that was lost."""
        self.assertRegex(" ".join(printed.split()), (
            f"'{host.name}: was lost while it was switched"
            rf" \(.*?\); it serves release {before}, as before, or"
            r" release \S+ already; when it is back, the playbook status says"
            " which; then run this again'"))

    def current(self, host):
        """The release that a host serves."""
        return host.run(
            "readlink", "/srv/modwsgideploy/current").stdout.strip()

    def test_hosts_that_let_nobody_in(self):
        self.new_code()
        asking, apart = self.serving[1], self.serving[5]
        sudoers = asking.root / "etc/sudoers.d/admin"
        self.addCleanup(sudoers.write_text, sudoers.read_text())
        sudoers.write_text("admin ALL=(ALL) ALL\n")
        self.addCleanup(apart.connect)
        apart.cut_off()
        printed = self.failing()
        apart.connect()
        self.assertIn("No host was switched", printed)
        self.assertRegex(printed, "host2: .*Missing sudo password; run again"
                                  " with --ask-become-pass")
        self.assertRegex(" ".join(printed.split()), (
            "host6: cannot be reached, or failed; see above. Mend that, or"
            """ leave it out by --limit "!host6\""""))
        self.assert_served()

    def test_a_host_with_a_full_disk(self):
        self.new_code()
        for project in PROJECTS:
            (self.top / "projects" / project / "big").write_bytes(
                bytes(range(256)) * 20_000)
        full = self.serving[2]
        self.addCleanup(full.empty_disk)
        full.fill_disk(spare_kb=3000)
        before = [state(host) for host in self.serving]
        printed = self.failing()
        self.assertIn("No host was switched", printed)
        self.assertRegex(printed, r"host3: .*No space left on device")
        for host, was in zip(self.serving, before):
            self.assertEqual(state(host)["apache"], was["apache"])
            self.assertEqual(state(host)["sums"], was["sums"])
        self.assert_served()
        full.empty_disk()
        for project in PROJECTS:
            (self.top / "projects" / project / "big").unlink()
        # The release is there already, but it cannot be switched to.
        self.playbook("modwsgideploy.fleet.check")
        full.fill_disk()
        printed = self.failing()
        self.assertIn("No host was switched", printed)
        self.assertRegex(printed, "host3: /.*: no room is left on its disk")
        self.assert_served()

    def test_a_host_on_which_the_new_code_fails(self):
        self.new_code(more="if HOST == 'host4': raise KeyError('SMTP_HOST')")
        printed = self.failing()
        self.assertIn("No host was switched", printed)
        self.assertRegex(printed, r"host4: shop.*: the first page of"
                         r" .* raises KeyError: .*SMTP_HOST")
        self.assertIn("[MWD604]: mend it in the project", printed)
        self.assert_served()
        # What fails only behind Apache no host can know before.
        version = self.new_code(
            more="if HOST == 'host4' and '/' in environ['SERVER_SOFTWARE']:"
                 " raise KeyError('SMTP_HOST')")
        printed = self.failing()
        self.assert_served(host1=version, host2=version)
        self.assertRegex(
            printed, r"host4: .*http://shop.example.com/ answers 500")
        self.assertRegex(printed, r"KeyError: .*SMTP_HOST")
        self.release()

    def test_a_host_whose_apache_was_broken_by_others(self):
        self.new_code()
        foreign = self.serving[4].root / "etc/apache2/sites-enabled/wiki.conf"
        self.addCleanup(foreign.unlink, missing_ok=True)
        foreign.write_text("ServerNam wiki.example.com\n")
        printed = self.failing()
        self.assertIn("No host was switched", printed)
        self.assertRegex(printed, r"host5: shop, site4: Apache refuses the"
                         r" configuration: .*Invalid command .*ServerNam")
        self.assertIn("mend line 1 of /etc/apache2/sites-enabled/wiki.conf",
                      printed)
        self.assert_served()


if __name__ == "__main__":
    unittest.main()
