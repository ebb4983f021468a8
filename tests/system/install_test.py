"""`make install` to a prefix: what is there, the unit's syntax and hardening, a key handed over apart from the store, and man
pages that say what the programs take."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import support

BUILD = os.path.dirname(support.BIN)
MAN = os.path.join(support.ROOT, "man")


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False, **more)


def install(prefix, destdir=""):
    done = run("cmake", "--install", BUILD, "--prefix", prefix, "--component", "hss", env=dict(os.environ, DESTDIR=destdir))
    if done.returncode != 0:
        raise AssertionError(done.stdout)


class Installed(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = directory.name

    def read(self, *path):
        with open(os.path.join(self.root, *path), encoding="utf-8") as file:
            return file.read()

    def test_a_staged_installation_below_usr_holds_everything(self):
        install("/usr", self.root)
        found = sorted(os.path.relpath(os.path.join(d, name), self.root) for d, _, names in os.walk(self.root) for name in names)
        for name in ("usr/bin/simbiont", "usr/bin/simbiont-lab", "usr/sbin/simbiont-hss", "etc/simbiont/simbiont-hss.toml",
                     "usr/lib/systemd/system/simbiont-hss.service", "usr/lib/sysusers.d/simbiont.conf",
                     "usr/share/man/man8/simbiont-hss.8", "usr/share/man/man5/simbiont-hss.toml.5"):
            self.assertIn(name, found)
        unit = self.read("usr/lib/systemd/system/simbiont-hss.service")
        self.assertNotIn("@", re.sub(r"=(~)?@\w+|~@\w+| @\w+", "", unit), "every path is filled in")
        self.assertNotIn(self.root, unit)
        self.assertIn("ExecStart=/usr/sbin/simbiont-hss --config /etc/simbiont/simbiont-hss.toml --key %d/simbiont.key", unit)
        config = self.read("etc/simbiont/simbiont-hss.toml")
        self.assertIn('\ndb = "/var/lib/simbiont/simbiont.db"\n', config)
        self.assertIn('\nkey = "/etc/simbiont/simbiont.key"', config)

    def test_a_configuration_that_is_there_stays(self):
        install("/usr", self.root)
        path = os.path.join(self.root, "etc/simbiont/simbiont-hss.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# mine\n")
        install("/usr", self.root)
        self.assertEqual(self.read("etc/simbiont/simbiont-hss.toml"), "# mine\n")

    def test_the_unit_is_one_that_systemd_takes_and_calls_hardened(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("no systemd-analyze here")
        install(self.root)
        unit = os.path.join(self.root, "lib/systemd/system/simbiont-hss.service")
        verified = run("systemd-analyze", "verify", "--man=no", unit)
        complaints = [line for line in verified.stdout.splitlines() if "simbiont" in line]
        self.assertEqual(complaints, [])
        judged = run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
        self.assertEqual(judged.returncode, 0, judged.stdout)

    def test_the_installed_configuration_serves_with_its_paths_moved(self):
        install(self.root)
        config = self.read("etc/simbiont/simbiont-hss.toml").replace("/var/lib/simbiont", self.root)
        config = config.replace('listen = "127.0.0.1:3868"', 'listen = "127.0.0.1:0"')
        path = os.path.join(self.root, "hss.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        made = run(os.path.join(self.root, "bin/simbiont"), "--config", path, "init")
        self.assertEqual(made.returncode, 0, made.stdout)
        self.assertEqual(oct(os.stat(os.path.join(self.root, "etc/simbiont/simbiont.key")).st_mode & 0o777), "0o600")
        checked = run(os.path.join(self.root, "sbin/simbiont-hss"), "--config", path, "--check")
        self.assertEqual(checked.returncode, 0, checked.stdout)


class HandedKey(support.SiteTest):
    def test_the_key_file_may_lie_apart_from_the_store(self):
        key = self.site.path("handed")
        os.rename(self.site.db + ".key", key)
        self.assertNotEqual(run(support.program("simbiont-hss"), "--db", self.site.db, "--check").returncode, 0)
        hss = self.site.start("--key", key)
        self.site.ok("status")
        hss.stop()
        os.chmod(key, 0o400)
        self.assertEqual(run(support.program("simbiont-hss"), "--db", self.site.db, "--key", key, "--check").returncode, 0)

    def test_a_key_that_others_may_read_is_refused_but_a_credential_of_roots_is_not(self):
        key = self.site.db + ".key"
        for mode in (0o640, 0o604, 0o444, 0o460):
            os.chmod(key, mode)
            done = run(support.program("simbiont-hss"), "--db", self.site.db, "--check")
            self.assertEqual(done.returncode, 1, oct(mode))
        os.chmod(key, 0o440)
        done = run(support.program("simbiont-hss"), "--db", self.site.db, "--check")
        owner = os.stat(key)
        self.assertEqual(done.returncode, 0 if (owner.st_uid, owner.st_gid) == (0, 0) else 1, done.stdout)


class RootAtWork(support.SiteTest):
    def test_a_lock_that_root_leaves_is_the_services_users(self):
        if os.geteuid() != 0:
            self.skipTest("not root")
        os.chown(self.site.directory, 12345, 12345)
        self.site.ok("kme", "add", "meters", "--generate")
        self.assertEqual(os.stat(self.site.db + ".lock").st_uid, 12345)


def helps(program, *command):
    """Every --help of a program: its own, and those of its subcommands."""
    text = run(support.program(program), *command, "--help").stdout
    yield text
    below = re.search(r"\nSubcommands:\n((?: .*\n)+)", text)
    for name in re.findall(r"^  (\S+)", below[1], re.M) if below else []:
        yield from helps(program, *command, name)


class ManPages(unittest.TestCase):
    PAGES = {"simbiont": "simbiont.1", "simbiont-lab": "simbiont-lab.1", "simbiont-hss": "simbiont-hss.8", "simbiont-me": "simbiont-me.8"}

    def page(self, name):
        with open(os.path.join(MAN, name), encoding="utf-8") as file:
            return file.read()

    def test_every_flag_and_command_is_in_the_page(self):
        for program, name in self.PAGES.items():
            page = self.page(name)
            flags, commands = set(), set()
            for text in helps(program):
                flags |= set(re.findall(r"--([a-z][a-z-]*)", text.split("Options:", 1)[-1]))
                below = re.search(r"\nSubcommands:\n((?: .*\n)+)", text)
                commands |= set(re.findall(r"^  (\S+)", below[1], re.M)) if below else set()
            self.assertGreater(len(flags), 5, program)
            self.assertEqual([f for f in sorted(flags) if not re.search(rf"Fl -{f}(?![a-z-])", page)], [], name)
            self.assertEqual([c for c in sorted(commands) if not re.search(rf"\b{c}\b", page)], [], name)

    def test_no_page_has_a_flag_that_is_gone(self):
        for program, name in self.PAGES.items():
            known = " ".join(helps(program))
            self.assertEqual([f for f in re.findall(r"Fl -([a-z][a-z-]*)", self.page(name)) if "--" + f not in known], [], name)

    def test_every_key_of_the_configuration_is_in_its_page(self):
        page, section = self.page("simbiont-hss.toml.5"), ""
        with open(os.path.join(support.ROOT, "etc/simbiont-hss.toml"), encoding="utf-8") as file:
            keys = []
            for line in file:
                section = (re.match(r"(?:# )?\[+([a-z_]+)\]", line) or [0, section])[1]
                key = re.match(r'(?:# )?([a-z_]+) = (?:"[^"]*"|\d+|true|false)\s*(?:#.*)?$', line)
                if key and section:
                    keys.append(f"{section}.{key[1]}")
        self.assertGreater(len(keys), 15)
        self.assertEqual([key for key in keys if f".It Cm {key}" not in page], [])

    def test_the_pages_are_clean(self):
        if shutil.which("mandoc") is None:
            self.skipTest("no mandoc here")
        pages = [os.path.join(MAN, name) for name in sorted(os.listdir(MAN))]
        done = run("mandoc", "-Tlint", "-Wwarning", *pages)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    sys.exit(support.main())
