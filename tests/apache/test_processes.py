"""Which processes run, by /proc."""

import os
import subprocess
import unittest

from modwsgideploy.apache.processes import group_lives, is_zombie


class Groups(unittest.TestCase):

    def test_one_that_has_ended_does_not_live_though_nobody_has_waited(self):
        process = subprocess.Popen(["cat"], stdin=subprocess.PIPE,
                                   start_new_session=True)
        self.addCleanup(process.stdin.close)
        self.assertTrue(group_lives(process.pid))
        self.assertFalse(is_zombie(process.pid))
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self.assertTrue(is_zombie(process.pid))
        self.assertFalse(group_lives(process.pid))
        process.wait()
        self.assertFalse(group_lives(process.pid))

    def test_one_of_several_that_lives(self):
        process = subprocess.Popen(
            ["sh", "-c", "sleep 60 & echo started; wait"],
            stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(os.killpg, process.pid, 9)
        process.stdout.readline()
        process.send_signal(9)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        self.assertTrue(group_lives(process.pid))


if __name__ == "__main__":
    unittest.main()
