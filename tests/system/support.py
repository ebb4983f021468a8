"""A store, the programs around it, and a running HSS, in a directory that goes away. SIMBIONT_BIN names the programs."""
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.path.abspath(os.environ.get("SIMBIONT_BIN") or os.path.join(ROOT, "build/release/bin"))
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
DEADLINE_S = 60  # for what must happen at all: a sanitizer build on a busy machine is slow


def program(name):
    return os.path.join(BIN, name)


def eventually(condition, what, timeout=DEADLINE_S):
    """What `condition` returns once it is true; fails, naming `what`, when that takes longer."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def seeded():
    """A generator whose seed is printed; SIMBIONT_SEED repeats a run."""
    seed = int(os.environ.get("SIMBIONT_SEED") or random.SystemRandom().getrandbits(32))
    print(f"SIMBIONT_SEED={seed}", flush=True)
    return random.Random(seed)


def key(rng):
    return rng.getrandbits(128).to_bytes(16, "big")


class Hss:
    """A running simbiont-hss; its log is in .log_path."""

    def __init__(self, site, arguments, host, port, files=None):
        self.address = (host, port)
        self.log_path = site.path(f"hss-{len(os.listdir(site.directory))}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([program("simbiont-hss"), *arguments], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=site.directory,
                                            preexec_fn=files and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, files)))
        site.started.append(self)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def wait_listening(self):
        """Until it says that it has started: by then both sockets listen, and the port it was given is known."""
        def started():
            if self.process.poll() is not None:
                raise AssertionError(f"simbiont-hss exited {self.process.returncode}: {self.log()}")
            return re.search(r"event=started listen=\S+:(\d+) .*\n", self.log())

        found = eventually(started, lambda: f"simbiont-hss started: {self.log()}")
        self.address = (self.address[0], int(found[1]))
        return self

    def wait_exit(self, timeout=DEADLINE_S):
        return self.process.wait(timeout)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.wait_exit()


class Site:
    """One operator: a directory with a store, its CLI and its HSS."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="simbiont-")
        self.db = self.path("simbiont.db")
        self.started = []
        self.outputs = []  # everything the CLI has said, for the secrets test

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def cli(self, *arguments, stdin=None, timeout=120):
        done = subprocess.run([program("simbiont"), "--db", self.db, *map(str, arguments)], input=stdin, text=True,
                              capture_output=True, timeout=timeout, cwd=self.directory, check=False)
        self.outputs.append((arguments, done.stdout, done.stderr))
        return done

    def ok(self, *arguments, **options):
        done = self.cli(*arguments, **options)
        if done.returncode != 0:
            raise AssertionError(f"simbiont {' '.join(map(str, arguments))} exited {done.returncode}: {done.stderr}")
        return done.stdout

    def rows(self, *arguments):
        """The objects of --json: one alone, an array of them, or one a line."""
        text = self.ok("--json", *arguments)
        try:
            whole = json.loads(text)
            return whole if isinstance(whole, list) else [whole]
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines()]

    def sql(self, query):
        """What a stopped HSS's database says."""
        return subprocess.run(["sqlite3", self.db, query], capture_output=True, text=True, check=True).stdout.strip()

    def start(self, *arguments, host="127.0.0.1", port=0, config=None):
        """Starts the HSS and waits until it listens."""
        return self.launch(*arguments, host=host, port=port, config=config).wait_listening()

    def launch(self, *arguments, host="127.0.0.1", port=0, config=None, files=None):
        """Starts the HSS; port 0: one that the system chooses, known once it listens. files: soft and hard RLIMIT_NOFILE."""
        options = ["--db", self.db, "--listen", f"{host}:{port}"]
        if config is not None:
            options = ["--config", self.write("hss.toml", config)] + options
        return Hss(self, [*options, *arguments], host, port, files)

    def close(self):
        for hss in self.started:
            if hss.process.poll() is None:
                hss.process.kill()
                hss.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class SiteTest(unittest.TestCase):
    """A test with an initialised store."""

    def setUp(self):
        self.site = Site()
        self.addCleanup(self.site.close)
        self.site.ok("init")

    def assertRefused(self, done, *words):
        """Exit 1, nothing on stdout, and the reason on stderr."""
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)


def main():
    unittest.main(verbosity=2)
