"""The demo with an HSS whose transform is the identity: demo_mutant_test.py MUTANT. It must turn red, and by its scenarios."""
import os
import subprocess
import sys
import unittest

import support

DEMO = os.path.join(support.ROOT, "demo", "run")


class Mutant(unittest.TestCase):
    def test_a_device_without_k_me_attaches_and_the_demo_says_no(self):
        done = subprocess.run([DEMO, "--bin", support.BIN, "--hss", MUTANT], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        rows = [line.split() for line in done.stdout.splitlines()]
        judged = [row for row in rows if row and row[-1] in ("ok", "NO")]
        self.assertGreater(len(judged), 5, done.stdout + done.stderr)
        # The HSS ran and the table was made: unbound SIMs are served as ever.
        self.assertTrue(any(row[-3:] == ["attached", "attached", "ok"] for row in judged), done.stdout)
        # Every refusal that rests on K_ME is gone.
        self.assertTrue(any(row[-3:] == ["attached", "refused", "NO"] for row in judged), done.stdout)
        self.assertFalse(any(row[-3:] == ["refused", "refused", "ok"] and "9862" in row for row in judged), done.stdout)
        self.assertIn("a scenario did not end as it must", done.stderr)


if __name__ == "__main__":
    MUTANT = sys.argv.pop(1)
    support.main()
