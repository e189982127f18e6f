"""Work in several processes: results, errors and ends."""

import os
import signal
import tempfile
import time
import unittest

from modwsgideploy.errors import DeployError, Failed
from modwsgideploy.system.workers import parallel_map


class ParallelMap(unittest.TestCase):

    def test_each_number_is_yielded_once_whatever_the_jobs(self):
        for jobs in (1, 2, 7, 50):
            with self.subTest(jobs):
                found = dict(parallel_map(lambda number: ["x" * number],
                                         range(30), jobs))
                self.assertEqual(found, {number: ["x" * number]
                                        for number in range(30)})
        self.assertEqual(list(parallel_map(print, [], 4)), [])

    def test_the_work_is_done_by_others(self):
        found = dict(parallel_map(lambda number: os.getpid(), range(4), 2))
        self.assertEqual(len(set(found.values())), 2)
        self.assertNotIn(os.getpid(), found.values())

    def test_one_that_is_killed(self):
        def work(number):
            if number == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            return number

        with self.assertRaisesRegex(Failed, "was killed; 1 sites were not"):
            list(parallel_map(work, range(4), 2))

    def test_none_is_left_when_nobody_listens_any_more(self):
        with tempfile.TemporaryDirectory() as top:
            def work(number):
                try:
                    time.sleep(number)
                finally:
                    with open(f"{top}/{number}-{os.getpid()}", "w"):
                        pass
                return number

            working = parallel_map(work, [0, 0, 60, 60], 2)
            next(working)
            next(working)
            time.sleep(0.5)
            began = time.monotonic()
            working.close()
            self.assertLess(time.monotonic() - began, 10)
            # Each has ended what it was at.
            self.assertEqual(len(os.listdir(top)), 4)

    def test_an_error_of_the_work_is_raised_here(self):
        def work(number):
            if number == 3:
                raise error
            return number

        for error in (DeployError("--here: wrong", "also"), Failed("no")):
            with self.subTest(error):
                with self.assertRaises(type(error)) as caught:
                    list(parallel_map(work, range(4), 2))
                self.assertIs(type(caught.exception), type(error))
                self.assertEqual(caught.exception.messages, error.messages)

    def test_a_bug_keeps_its_traceback(self):
        with self.assertRaisesRegex(RuntimeError, "in <lambda>(?s:.*)ZeroDiv"):
            list(parallel_map(lambda number: 1 // number, range(4), 2))


if __name__ == "__main__":
    unittest.main()
