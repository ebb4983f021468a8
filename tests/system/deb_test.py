"""`make deb` in a clean root: debootstrap's minbase and nothing else. The package installs with its dependencies, its HSS answers
a peer, and a purge forgets all but the keys. Wants root, debootstrap and a mirror; the machine's own apt sources are used."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import diameter
import namespace
import support

BUILD = os.path.dirname(support.BIN)
CONFIG = "/etc/simbiont/simbiont-hss.toml"
IMSI, K, OPC = "001010000000001", "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"


def run(*command, timeout=280, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False, **more)


def mirror():
    """(URI, code name) of the distribution that the machine itself installs from."""
    with open("/etc/os-release", encoding="utf-8") as file:
        name = re.search(r"^VERSION_CODENAME=(\w+)$", file.read(), re.M)
    listed = run("apt-get", "indextargets", "--format", "$(CREATED_BY) $(REPO_URI) $(CODENAME)").stdout
    found = name and re.search(rf"^Packages (\S+) {name[1]}$", listed, re.M)
    return (found[1], name[1]) if found else None


def clean_root(directory):
    """Makes it, or skips."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        namespace.skip("root and debootstrap are needed")
    source = mirror()
    if source is None:
        namespace.skip("apt names no mirror of this distribution")
    made = run("debootstrap", "--variant=minbase", source[1], directory, source[0])
    if made.returncode != 0:
        namespace.skip("no clean root: " + made.stdout.strip().splitlines()[-1])
    for name in ("sources.list", "sources.list.d", "apt.conf.d"):
        here, there = os.path.join("/etc/apt", name), os.path.join(directory, "etc/apt", name)
        if os.path.isdir(here):
            shutil.copytree(here, there, dirs_exist_ok=True)
        elif os.path.exists(here):
            shutil.copy(here, there)
    with open(os.path.join(directory, "usr/sbin/policy-rc.d"), "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nexit 101\n")
    os.chmod(file.name, 0o755)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="simbiont-root-")
        os.chmod(cls.root, 0o755)  # the HSS's user starts there
        cls.addClassCleanup(shutil.rmtree, cls.root, True)
        clean_root(cls.root)

    def inside(self, *command, user=None, good=True):
        options = [f"--userspec={user}"] if user else []
        done = run("chroot", *options, self.root, *command, env=dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive"))
        if good:
            self.assertEqual(done.returncode, 0, f"{command}: {done.stdout[-2000:]}")
        return done.stdout

    def there(self, path):
        return os.path.exists(self.root + path)

    def answer_of_a_peer(self):
        arguments = ["chroot", "--userspec=simbiont:simbiont", self.root, "/usr/sbin/simbiont-hss", "--config", CONFIG,
                     "--key", "/run/simbiont.key", "--listen", "127.0.0.1:0"]
        with tempfile.TemporaryFile("w+") as log, subprocess.Popen(arguments, stdout=log, stderr=log) as hss:
            try:
                def port():
                    log.seek(0)
                    text = log.read()
                    self.assertIsNone(hss.poll(), text)
                    return re.search(r"event=started listen=\S+:(\d+) ", text)
                address = ("127.0.0.1", int(support.eventually(port, "the HSS started")[1]))
                with diameter.Node(address, "mme.visited.example") as mme:
                    answer = mme.air(IMSI)
                self.assertIn("1", self.inside("simbiont", "--config", CONFIG, "status"))
                return answer
            finally:
                hss.send_signal(signal.SIGTERM)
                self.assertEqual(hss.wait(60), 0)

    def test_it_installs_serves_and_is_purged(self):
        made = run(os.path.join(support.ROOT, "tools/make-deb"), BUILD, os.path.join(self.root, "mnt"))
        self.assertEqual(made.returncode, 0, made.stdout)
        package = "/mnt/" + os.path.basename(made.stdout.strip())
        self.inside("apt-get", "update", "-q")
        said = self.inside("apt-get", "install", "-y", "-q", "--no-install-recommends", package)
        self.assertIn("no store yet", said)
        self.assertFalse(self.there("/var/lib/simbiont/simbiont.db"), "no store without the operator")
        self.assertFalse(self.there("/etc/systemd/system/multi-user.target.wants/simbiont-hss.service"), "not enabled")
        self.assertEqual(self.inside("stat", "-c", "%U %a", "/var/lib/simbiont").strip(), "simbiont 700")

        self.inside("simbiont", "--config", CONFIG, "init")
        self.inside("sh", "-c", "chown simbiont:simbiont /var/lib/simbiont/simbiont.db*")
        self.inside("simbiont", "--config", CONFIG, "subscriber", "add", IMSI, "--k", K, "--opc", OPC)
        # What systemd does with LoadCredential.
        self.inside("install", "-o", "simbiont", "-m", "0400", "/etc/simbiont/simbiont.key", "/run/simbiont.key")
        answer = self.answer_of_a_peer()
        self.assertEqual((answer.result, len(answer.vectors)), (2001, 1))

        said = self.inside("apt-get", "purge", "-y", "-q", "simbiont")
        self.assertIn("they hold the keys", said)
        self.assertTrue(self.there("/var/lib/simbiont/simbiont.db") and self.there("/etc/simbiont/simbiont.key"))
        for path in ("/usr/sbin/simbiont-hss", "/usr/bin/simbiont", CONFIG, "/usr/lib/systemd/system/simbiont-hss.service"):
            self.assertFalse(self.there(path), path)

        # Without keys a purge leaves nothing.
        self.inside("sh", "-c", "rm -r /var/lib/simbiont /etc/simbiont")
        self.inside("dpkg", "-i", package)
        self.inside("dpkg", "--purge", "simbiont")
        for path in ("/var/lib/simbiont", "/etc/simbiont", "/usr/share/doc/simbiont"):
            self.assertFalse(self.there(path), path)


if __name__ == "__main__":
    sys.exit(support.main())
