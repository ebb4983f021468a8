"""The contract of starting, stopping and being killed: simbiont-hss and its files."""
import contextlib
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import unittest

import diameter
import support


class Programs(unittest.TestCase):
    def test_every_program_tells_its_version(self):
        for name in ("simbiont", "simbiont-hss", "simbiont-lab"):
            done = subprocess.run([support.program(name), "--version"], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, name)
            self.assertRegex(done.stdout, r"\d+\.\d+\.\d+", name)

    def test_wrong_usage_exits_2(self):
        for arguments in (["simbiont", "no-such-noun"], ["simbiont", "subscriber", "add"], ["simbiont-hss", "--no-such"],
                          ["simbiont-lab", "--no-such"], ["simbiont-hss", "--listen", "foo"],
                          ["simbiont-hss", "--listen", "127.0.0.1:x"], ["simbiont-hss", "--origin-host", ""]):
            done = subprocess.run([support.program(arguments[0]), *arguments[1:]], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(done.stdout, "", arguments)


    def test_a_key_in_the_wrong_place_is_not_repeated(self):
        key = "465b5ce8b199b49faa5f0a2ee238a6bc"
        for arguments in (["simbiont", key], ["simbiont", "kme", "add", "m", "--generate", key], ["simbiont", "kme", key],
                          ["simbiont", "subscriber", "add", "001010000000001", "--k", key, "--opc", key, "--op", key],
                          ["simbiont", "subscriber", "add", "001010000000001", "--k", key, "--opc", key, key],
                          ["simbiont", "mode", "001010000000001", key], ["simbiont", "--" + key], ["simbiont", "--json=" + key],
                          ["simbiont", "kme", "add", key + "/", "--generate"], ["simbiont-hss", key],
                          ["simbiont-hss", "--listen", key], ["simbiont-lab", key],
                          ["simbiont-lab", "attach", "--connect", "127.0.0.1:1", "--imsi", "001010000000001", "--k", key,
                           "--opc", key, key],
                          ["simbiont-lab", "attach", "--connect", key, "--imsi", "001010000000001", "--k", key, "--opc", key],
                          ["simbiont-lab", "demo", "--timeout-ms", key]):
            with self.subTest(arguments):
                done = subprocess.run([support.program(arguments[0]), *arguments[1:]], capture_output=True, text=True,
                                      check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr.startswith(arguments[0] + ": "), done.stderr)
                self.assertNotIn(key, done.stderr)


class WithoutStore(unittest.TestCase):
    def setUp(self):
        self.site = support.Site()
        self.addCleanup(self.site.close)

    def test_start_without_store_is_refused_and_names_init(self):
        hss = self.site.launch()
        self.assertEqual(hss.wait_exit(), 1)
        self.assertIn("init", hss.log())
        self.assertFalse(os.path.exists(self.site.db))

    def test_init_refuses_when_either_file_exists(self):
        for name in ("simbiont.db", "simbiont.db.key"):
            with self.subTest(name):
                open(self.site.path(name), "w").close()
                done = self.site.cli("init")
                self.assertEqual(done.returncode, 1)
                self.assertEqual(os.listdir(self.site.directory), [name])
                os.remove(self.site.path(name))

    def test_init_makes_store_and_key_for_their_owner_alone(self):
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.site.ok("init")
        for name in (self.site.db, self.site.db + ".key"):
            self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), 0o600, name)


class Check(support.SiteTest):
    def check(self):
        return subprocess.run([support.program("simbiont-hss"), "--check", "--db", self.site.db], capture_output=True,
                              text=True, check=False, cwd=self.site.directory)

    def test_it_judges_beside_a_running_hss(self):
        self.site.start()
        self.assertEqual(self.check().returncode, 0)

    def test_it_leaves_a_store_of_an_older_version_as_it_is(self):
        data = os.path.join(support.ROOT, "tests", "data", "store_v1.sql")
        for name in (self.site.db, self.site.db + ".key"):
            os.remove(name)
        with contextlib.closing(sqlite3.connect(self.site.db)) as store, open(data, encoding="utf-8") as f:
            store.executescript(f.read())
        with open(self.site.db + ".key", "w", opener=lambda path, how: os.open(path, how, 0o600),
                  encoding="ascii") as f:
            f.write("a101" + "00" + "a1" * 28 + "5c\n")
        with open(self.site.db, "rb") as f:
            before = f.read()
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 subscribers", done.stdout)
        with open(self.site.db, "rb") as f:
            self.assertEqual(f.read(), before)
        self.assertFalse(os.path.exists(self.site.db + ".lock"))


class Start(support.SiteTest):
    def test_port_in_use_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            hss = self.site.launch(port=taken.getsockname()[1])
            self.assertEqual(hss.wait_exit(), 1, hss.log())
            self.assertIn(str(taken.getsockname()[1]), hss.log())
            # It is written before anybody can connect, so also before this refusal.
            self.assertIn("event=open-to-any-peer", hss.log())

    def test_second_hss_on_the_same_store_is_refused(self):
        first = self.site.start()
        second = self.site.launch()
        self.assertEqual(second.wait_exit(), 1)
        self.assertIn("lock", second.log().lower())
        with diameter.Node(first.address, "mme1.visited.example") as mme:
            self.assertEqual(mme.air("001010000000001").result, 5001)
        self.site.ok("subscriber", "list")  # the first one's socket is still its own

    def test_what_kill_9_leaves_is_taken_over(self):
        self.site.start().stop(signal.SIGKILL)
        self.assertTrue(os.path.exists(self.site.db + ".sock"))
        self.site.ok("subscriber", "list")  # offline, past the dead socket
        second = self.site.start()
        self.site.ok("subscriber", "list")
        self.assertEqual(second.stop(), 0, second.log())

    def test_sigterm_says_dpr_to_its_peers_and_exits_0(self):
        hss = self.site.start()
        peers = [diameter.Node(hss.address, f"mme{i}.visited.example") for i in range(3)]
        for peer in peers:
            self.addCleanup(peer.close)
        hss.process.send_signal(signal.SIGTERM)
        for peer in peers:
            self.assertEqual(peer.wait_for(diameter.DPR).one(273), b"\0\0\0\0")  # REBOOTING
            self.assertTrue(peer.closed.wait(support.DEADLINE_S))
        self.assertEqual(hss.wait_exit(), 0, hss.log())
        self.assertFalse(os.path.exists(self.site.db + ".sock"))

    def test_address_that_others_reach_needs_a_peer_list(self):
        hss = self.site.launch(host="0.0.0.0")
        self.assertEqual(hss.wait_exit(), 1)
        self.assertIn("peer", hss.log())

    def test_loopback_without_a_peer_list_warns(self):
        self.assertIn("level=warn event=open-to-any-peer", self.site.start().log())

    def test_files_are_allowed_as_many_as_the_connections_need(self):
        def limits(hss):
            with open(f"/proc/{hss.process.pid}/limits", encoding="ascii") as f:
                return next(line.split()[3:5] for line in f if line.startswith("Max open files"))

        cases = [((64, 4096), 700, False), ((64, 200), 700, True), ((64, 64), 700, True)]
        for (soft, hard), wanted, capped in cases:
            with self.subTest(soft=soft, hard=hard):
                hss = self.site.launch(config=f"[diameter]\nmax_connections = {wanted}\n", files=(soft, hard)).wait_listening()
                self.assertEqual("event=connections-capped" in hss.log(), capped, hss.log())
                self.assertEqual(int(limits(hss)[0]) >= wanted, not capped)
                self.assertEqual(hss.stop(), 0, hss.log())

    def test_silent_connections_up_to_the_limit_of_files_keep_nobody_out(self):
        hss = self.site.launch(config="[diameter]\ncer_timeout_s = 60\n", files=(64, 200)).wait_listening()
        with diameter.Node(hss.address, "mme1.visited.example") as known:
            silent = [socket.create_connection(hss.address) for _ in range(300)]
            for each in silent:
                self.addCleanup(each.close)
            with diameter.Node(hss.address, "mme2.visited.example") as late:
                self.assertEqual(late.air("001010000000001").result, 5001)
            self.assertEqual(known.air("001010000000001").result, 5001)
        self.site.ok("subscriber", "list")  # the administrator is heard too

    def test_admin_socket_is_its_owners_alone_from_its_first_moment(self):
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        modes, up = set(), threading.Event()

        def watch():
            while not up.is_set():
                try:
                    modes.add(stat.S_IMODE(os.stat(self.site.db + ".sock").st_mode))
                except FileNotFoundError:
                    pass

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            self.site.start()
            support.eventually(lambda: modes, "a mode of the admin socket was seen")
        finally:
            up.set()
            watcher.join()
        self.assertEqual(modes, {0o600})

    def test_socket_path_too_long_is_a_clear_error(self):
        directory = self.site.path("d" * 110)
        os.mkdir(directory)
        self.site.db = os.path.join(directory, "simbiont.db")
        self.site.ok("init")
        hss = self.site.launch()
        self.assertEqual(hss.wait_exit(), 1)
        self.assertIn("107", hss.log())

    def test_check_reads_everything_and_starts_nothing(self):
        with socket.socket() as taken:  # its port can be checked, for nothing listens
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            hss = self.site.launch("--check", port=taken.getsockname()[1])
            self.assertEqual(hss.wait_exit(), 0, hss.log())
        self.assertNotIn("event=", hss.log())
        bad = self.site.launch("--check", config="no_such_setting = 1\n")
        self.assertEqual(bad.wait_exit(), 1)
        self.assertIn("no_such_setting", bad.log())


if __name__ == "__main__":
    support.main()
