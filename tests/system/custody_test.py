"""A store whose K_MEs are sealed under, or lie in, a real SoftHSM2 token: service, loss and return of the token, rotation of
the KEKs under kill -9, backup, and where no key may be found."""
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import diameter
import lab_tools
import secrets_test
import support

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN, SO_PIN = "8765432187", "1234567812"
MME = "mme1.visited.example"
FREE, TOKEN_IMSI, TOKEN_IMEI = "001010000000002", "001010000000003", "350000000000022"


class TokenSite(support.Site):
    """A site with a token of its own, which its configuration names."""

    def __init__(self):
        super().__init__()
        os.mkdir(self.path("tokens"))
        os.environ["SOFTHSM2_CONF"] = self.write(
            "softhsm2.conf", f"directories.tokendir = {self.path('tokens')}\nlog.level = ERROR\n")
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "hss", "--so-pin", SO_PIN, "--pin", PIN],
                       check=True, capture_output=True)
        self.set_pin(PIN)
        self.config = self.write("token.toml", self.text())

    def text(self, more=""):
        return (f'[store]\ndb = "{self.db}"\n[custody]\nkek = "pkcs11"\n[pkcs11]\nmodule = "{MODULE}"\ntoken = "hss"\n'
                f'pin = "file:{self.path("pin")}"\n[log]\nlevel = "debug"\n' + more)

    def set_pin(self, pin):
        path = self.path("pin")
        with open(path, "w", opener=lambda name, how: os.open(name, how, 0o600), encoding="ascii") as f:
            f.write(pin + "\n")

    def cli(self, *arguments, **options):
        return super().cli("--config", self.config, *arguments, **options)

    def launch(self, *arguments, host="127.0.0.1", port=0, config=None, files=None):
        hss = support.Hss(self, ["--config", self.config, "--listen", f"{host}:{port}", *arguments], host, port, files)
        return hss

    def lose(self):
        os.rename(self.path("tokens"), self.path("tokens.away"))

    def find(self):
        os.rename(self.path("tokens.away"), self.path("tokens"))

    def kek(self):
        return self.rows("kek", "status")[0]


class CustodyTest(unittest.TestCase):
    def setUp(self):
        if not os.path.exists(MODULE) or shutil.which("softhsm2-util") is None:
            self.skipTest("softhsm2 is not installed")
        self.site = TokenSite()
        self.addCleanup(self.site.close)
        self.rng = support.seeded()
        self.site.ok("init")
        self.sim = lab_tools.BoundSim(self.site, self.rng)  # its K_ME is cached
        self.secrets = {"pin": PIN.encode(), "k": bytes.fromhex(self.sim.k), "opc": bytes.fromhex(self.sim.opc),
                        "k_me": bytes.fromhex(self.sim.k_me)}
        self.site.ok("subscriber", "add", FREE, "--k", "-", "--opc", self.secret("opc free"), stdin=self.secret("k free"))

    def secret(self, name):
        self.secrets[name] = support.key(self.rng)
        return self.secrets[name].hex()

    def add_token_kme(self, algorithm="aes128"):
        """A second SIM, whose K_ME lies in the token; the lab's device has it too."""
        k_me = self.secret("k_me token")
        self.site.ok("kme", "add", "vault", "--key", "-", "--use", "token", "--algorithm", algorithm, stdin=k_me)
        self.site.ok("device", "add", TOKEN_IMEI, "--kme", "vault")
        self.site.ok("subscriber", "add", TOKEN_IMSI, "--k", "-", "--opc", self.sim.opc, stdin=self.sim.k)
        self.site.ok("bind", TOKEN_IMSI, TOKEN_IMEI)
        return k_me

    def attach(self, hss, k_me, *options):
        """The outcome of an attach of the second SIM."""
        key = ["--kme", k_me] if k_me else []
        done = subprocess.run([support.program("simbiont-lab"), "attach", "--connect", "%s:%d" % hss.address, "--mme-host", MME,
                               "--mme-realm", "visited.example", "--realm", "hss.example", "--imsi", TOKEN_IMSI, "--k",
                               self.sim.k, "--opc", self.sim.opc, "--imei", TOKEN_IMEI, *key, *options, "--json"],
                              capture_output=True, text=True, timeout=60, check=False)
        return json.loads(done.stdout)["outcome"]

    def results(self, hss, *imsis):
        with diameter.Node(hss.address, MME) as mme:
            return [mme.air(imsi).result for imsi in imsis]

    def assert_no_key_in(self, what, content):
        self.assertEqual(secrets_test.leaks(self.secrets, content), [], what)

    def start(self):
        return self.site.start("--origin-realm", "hss.example")


class Service(CustodyTest):
    def test_a_store_says_where_its_keys_are_and_a_token_kme_never_leaves_it(self):
        self.add_token_kme()
        self.site.ok("kme", "add", "drawn", "--generate", "--use", "token", "--algorithm", "aes256")
        status = self.site.kek()
        self.assertEqual(status["token"], "in use")
        keks = {row["purpose"]: row["kek"].split(":")[0] for row in status["data_keys"]}
        self.assertEqual(keks, {"subscriber": "file", "device": "pkcs11"})
        self.assertEqual(self.site.sql("SELECT count(*) FROM kme_epoch WHERE key IS NULL AND token_key IS NOT NULL"), "2")
        self.assertEqual(self.site.rows("kme", "show", "drawn")[0]["use"], "token")
        self.assertEqual(self.site.sql("SELECT DISTINCT hex(substr(k, 1, 1)) FROM subscriber"), "02")

    def test_attaches_under_cached_and_token_kmes_and_resynchronisation(self):
        for algorithm in ("aes128", "aes128-imsi"):
            with self.subTest(algorithm):
                if algorithm == "aes128-imsi":
                    self.doCleanups()
                    self.setUp()
                k_me = self.add_token_kme(algorithm)
                hss = self.start()
                self.assertEqual(self.sim.attach(hss.address, MME)[1]["outcome"], "attached")
                options = ["--algorithm", algorithm]
                self.assertEqual(self.attach(hss, k_me, *options), "attached")
                self.assertEqual(self.attach(hss, None), "MAC failure")
                self.assertEqual(self.attach(hss, k_me, *options, "--sqn", str(5000 << 5)), "attached")
                hss.stop()


class Loss(CustodyTest):
    def test_a_lost_token_stops_those_who_need_it_and_nobody_else_and_comes_back_by_itself(self):
        k_me = self.add_token_kme()
        hss = self.start()
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI, TOKEN_IMSI), [2001, 2001, 2001])
        self.site.lose()
        support.eventually(lambda: "event=token-lost" in hss.log(), hss.log)
        # The cached K_ME is in memory; that in the token is not.
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI, TOKEN_IMSI), [2001, 2001, 4181])
        self.assertEqual(self.site.kek()["token"], "lost")
        support.eventually(lambda: "token-lost" in self.site.ok("events"), "an event")
        self.site.find()
        support.eventually(lambda: self.results(hss, TOKEN_IMSI) == [2001], hss.log)
        self.assertEqual(self.attach(hss, k_me), "attached")

        hss.stop()
        self.site.lose()
        hss = self.start()  # nothing opens the K_MEs now
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI, TOKEN_IMSI), [2001, 4181, 4181])
        self.site.find()
        support.eventually(lambda: self.results(hss, lab_tools.IMSI, TOKEN_IMSI) == [2001, 2001], hss.log)

    def test_a_wrong_pin_is_tried_once_and_the_right_one_as_soon_as_it_is_there(self):
        self.site.set_pin("00000000")
        hss = self.start()
        support.eventually(lambda: "is not asked again" in hss.log() or "no login" in hss.log(), hss.log)
        time.sleep(2)
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI), [2001, 4181])
        self.site.set_pin(PIN)
        support.eventually(lambda: self.results(hss, lab_tools.IMSI) == [2001], hss.log)


class Rotation(CustodyTest):
    ROWS = 30000

    def fill(self):
        rows = "".join(f"{262010000000000 + i},{i:032x},,{i + 7:032x}\n" for i in range(self.ROWS))
        self.site.ok("import", "subscribers", self.site.write("many.csv", "imsi,k,op,opc\n" + rows))

    def finished(self):
        return self.site.kek()["rotation"] == "none"

    def test_a_rotation_survives_kill_9_while_the_hss_serves_and_drops_the_old_keys(self):
        self.fill()
        old = {row["kek"] for row in self.site.kek()["data_keys"]}
        with open(self.site.db + ".key", encoding="ascii") as f:
            old_file = f.read()
        hss = self.start()
        self.site.ok("kek", "rotate")
        hss.stop(signal.SIGKILL)
        left = int(self.site.sql("SELECT count(*) FROM data_key WHERE active = 0"))
        print(f"killed with {left} old data keys", flush=True)
        self.assertEqual(left, 2, "it was over before the kill")
        hss = self.start()
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI, f"{262010000000000 + self.ROWS - 1}"), [2001, 2001, 2001])
        support.eventually(self.finished, "the rotation's end")
        status = self.site.kek()
        self.assertEqual({row["kek"] for row in status["data_keys"]} & old, set())
        self.assertEqual((status["to_do"], len(status["data_keys"])), (0, 2))
        self.assertFalse(os.path.exists(self.site.db + ".key.new"))
        with open(self.site.db + ".key", encoding="ascii") as f:
            self.assertNotEqual(f.read(), old_file)
        self.assertEqual(self.sim.attach(hss.address, MME)[1]["outcome"], "attached")
        listed = subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "hss", "--login", "--pin", PIN, "-O"],
                                capture_output=True, text=True, check=False).stdout
        self.assertEqual(listed.count("simbiont kek"), 1, listed)

    def test_a_store_moves_from_file_to_token_and_back_offline(self):
        self.site.ok("kek", "rotate", "--kek", "pkcs11", "--subscriber-kek", "pkcs11")
        self.assertFalse(os.path.exists(self.site.db + ".key"))
        hss = self.start()
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI), [2001, 2001])
        hss.stop()
        self.site.ok("kek", "rotate", "--kek", "file", "--subscriber-kek", "file")
        self.assertEqual({row["kek"].split(":")[0] for row in self.site.kek()["data_keys"]}, {"file"})
        self.site.lose()
        hss = self.start()
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI), [2001, 2001])

    assertRefused = support.SiteTest.assertRefused


class Secrecy(CustodyTest):
    def test_no_key_in_database_logs_backup_core_or_command_lines(self):
        self.add_token_kme()
        hss = self.start()
        self.results(hss, FREE, lab_tools.IMSI, TOKEN_IMSI)
        self.site.ok("backup", self.site.path("backup"))
        process = f"/proc/{hss.process.pid}"
        for name in ("cmdline", "environ"):
            try:
                with open(f"{process}/{name}", "rb") as f:
                    self.assert_no_key_in(name, f.read())
            except PermissionError:
                pass  # PR_SET_DUMPABLE
        with open(f"{process}/limits", encoding="ascii") as f:
            self.assertRegex(f.read(), r"Max core file size\s+0\s+0")
        with open(f"{process}/status", encoding="ascii") as f:
            self.assertIn("NoNewPrivs:\t1", f.read())
        hss.stop(signal.SIGABRT)
        self.assertEqual([name for name in os.listdir(self.site.directory) if name.startswith("core")], [])
        for directory, _, names in os.walk(self.site.directory):
            for name in names:
                path = os.path.join(directory, name)
                if name != "pin" and not name.endswith(".key") and os.path.isfile(path):
                    with open(path, "rb") as f:
                        self.assert_no_key_in(path, f.read())
        for arguments, out, err in self.site.outputs:
            self.assert_no_key_in(arguments, (out + err).encode())

    def test_a_backup_holds_sealed_records_and_wants_the_same_token(self):
        self.site.ok("backup", self.site.path("backup"))
        self.site.ok("subscriber", "remove", FREE)
        self.site.ok("restore", self.site.path("backup"))
        hss = self.start()
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI), [2001, 2001])
        hss.stop()
        self.site.lose()
        self.assertEqual(self.site.cli("restore", self.site.path("backup")).returncode, 1)


class Rights(CustodyTest):
    def test_root_becomes_the_user_of_the_configuration_for_good(self):
        if os.geteuid() != 0:
            self.skipTest("root is needed")
        user = "nobody"
        shutil.chown(self.site.directory, user)
        for directory, names, files in os.walk(self.site.directory):
            for name in names + files:
                shutil.chown(os.path.join(directory, name), user)
        with open(self.site.config, "w", encoding="utf-8") as f:
            f.write(self.site.text(f'[process]\nuser = "{user}"\n'))
        hss = self.start()
        self.assertEqual(self.results(hss, FREE, lab_tools.IMSI), [2001, 2001])
        for task in os.listdir(f"/proc/{hss.process.pid}/task"):
            try:
                with open(f"/proc/{hss.process.pid}/task/{task}/status", encoding="ascii") as f:
                    status = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
            except (FileNotFoundError, ProcessLookupError):
                continue  # a worker of the admin socket that is through
            self.assertNotIn("0", status["Uid"].split())
            for sets in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
                self.assertEqual(int(status[sets], 16), 0, sets)
            self.assertEqual(status["NoNewPrivs"], "1")
        # PR_SET_DUMPABLE 0: not even its own user looks into it, so no debugger and no gcore does.
        for name in ("environ", "maps"):
            looked = subprocess.run(["cat", f"/proc/{hss.process.pid}/{name}"], user=user, capture_output=True, check=False)
            self.assertNotEqual(looked.returncode, 0, name)
        self.site.ok("subscriber", "remove", FREE)  # the store is still its own
        self.assertEqual(self.results(hss, FREE), [5001])

    def test_root_does_not_serve_a_network_unless_told(self):
        if os.geteuid() != 0:
            self.skipTest("root is needed")
        with open(self.site.config, "a", encoding="utf-8") as f:
            f.write('[[peers]]\norigin_host = "mme1.visited.example"\n')
        hss = self.site.launch(host="0.0.0.0")
        self.assertEqual(hss.wait_exit(), 1)
        self.assertIn("as root", hss.log())


if __name__ == "__main__":
    support.main()
