"""Keys from suppliers, end to end: signed batches of wrapped keys become attaches; exports open with openssl; and no key is seen."""
import json
import os
import shutil
import signal
import subprocess

import lab_tools
import secrets_test
import support

IMSI, IMEI = lab_tools.IMSI, lab_tools.IMEI
DEVICE_HEAD = "imei,kme,algorithm,epoch,wrap,wrapped_key,kcv"
SIM_HEAD = "imsi,wrapped_k,k_kcv,wrapped_opc,opc_kcv"


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


class Supplier:
    """Signs and wraps as docs/suppliers.md says, by openssl alone."""

    def __init__(self, site, rng, name, algorithm):
        self.name, self.key, self.public = name, site.path(f"{name}.key"), site.path(f"{name}.pem")
        self.ed25519 = algorithm == ["ed25519"]
        openssl("genpkey", "-algorithm", *algorithm, "-out", self.key)
        os.chmod(self.key, 0o600)
        openssl("pkey", "-in", self.key, "-pubout", "-out", self.public)
        self.transport = rng.getrandbits(256).to_bytes(32, "big")
        self.site = site

    def wrapped(self, key):
        """WRAPPED,KCV"""
        octets = openssl("enc", "-id-aes256-wrap", "-K", self.transport.hex(), "-iv", "A6" * 8, data=key)
        kcv = openssl("enc", f"-aes-{8 * len(key)}-ecb", "-nopad", "-K", key.hex(), data=bytes(16))[:3]
        return f"{octets.hex()},{kcv.hex()}"

    def sign(self, path):
        if self.ed25519:
            openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", path, "-out", path + ".sig")
        else:
            openssl("dgst", "-sha256", "-sign", self.key, "-out", path + ".sig", path)
        return path

    def batch(self, name, text):
        return self.sign(self.site.write(name, text))


class Suppliers(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.rng = support.seeded()
        self.secrets = {}
        self.acme = Supplier(self.site, self.rng, "acme", ["ed25519"])
        self.simco = Supplier(self.site, self.rng, "simco", ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        self.secrets.update({"acme transport": self.acme.transport, "simco transport": self.simco.transport})

    def secret(self, name, octets=16):
        self.secrets[name] = self.rng.getrandbits(8 * octets).to_bytes(octets, "big")
        return self.secrets[name]

    def register(self):
        added = self.site.ok("supplier", "add", "acme", "--key", self.acme.public, "--transport-key", "-", "--kme-prefix", "acme-",
                             "--tac", "35000000-35000099", stdin=self.acme.transport.hex() + "\n")
        fingerprint = openssl("dgst", "-sha256", "-r", data=openssl("pkey", "-pubin", "-in", self.acme.public, "-outform", "DER"))
        self.assertIn(fingerprint[:64].decode(), added)
        self.site.ok("supplier", "add", "simco", "--kind", "sims", "--key", self.simco.public, "--transport-key",
                     "@" + self.site.write("transport.key", self.simco.transport.hex()), "--imsi", "00101")

    def import_devices(self, path, *options):
        return self.site.cli("kme", "import", path, "--signature", path + ".sig", "--supplier", "acme", *options)

    def import_sims(self, path):
        return self.site.cli("subscriber", "import", path, "--signature", path + ".sig", "--supplier", "simco")

    def make_batch(self):
        """The supplier's tool on plain keys: one KME for two devices, and a strong one."""
        k_me = self.secret("k_me").hex()
        plain = (f"imei,kme,algorithm,key\n{IMEI},acme-1,,{k_me}\n35000000000002,acme-1,,{k_me}\n"
                 f"35000000000003,acme-strong,aes256,{self.secret('strong', 32).hex()}\n")
        self.site.write("plain.key", plain)
        arguments = ["batch", "make", self.site.path("plain.key"), "--transport-key", "-", "--sign-key", self.acme.key,
                     "--wrap", "aes-kwp", "--out", self.site.path("batch.csv")]
        os.chmod(self.site.path("plain.key"), 0o644)
        self.assertRefused(self.site.cli(*arguments, stdin=self.acme.transport.hex()), "0600 or stricter")
        os.chmod(self.site.path("plain.key"), 0o600)
        self.site.ok(*arguments, stdin=self.acme.transport.hex())
        return self.site.path("batch.csv")

    def refused(self, good):
        """Files with something wrong; the store stays as it is."""
        before = [self.site.ok("--json", noun, "list") for noun in ("kme", "device", "subscriber")]
        with open(good, encoding="utf-8") as f:
            text = f.read()
        moved = self.site.write("moved.csv", text.replace("acme-strong", "acme-other"))
        shutil.copy(good + ".sig", moved + ".sig")
        self.assertRefused(self.import_devices(moved), "the signature does not verify: nothing of the file was looked at")
        key = self.acme.wrapped(self.secret("bad"))
        bad = self.acme.batch("bad.csv", f"{DEVICE_HEAD}\n99000000000001,acme-9,,,,{key}\n35000000000009,zzz,,,,{key}\n"
                                         f"35000000000008,acme-8,,,,{key[:-6]}000000\n")
        self.assertRefused(self.import_devices(bad), "bad.csv:2: IMEI 990000000000", "bad.csv:3: KME zzz", "bad.csv:4: wrapped_key holds",
                           "3 bad rows: nothing was imported")
        self.assertRefused(self.site.cli("kme", "import", good, "--signature", good + ".sig", "--supplier", "simco"), "SIMs")
        self.assertEqual(before, [self.site.ok("--json", noun, "list") for noun in ("kme", "device", "subscriber")])

    def attach(self, hss, k_me):
        key = ["--kme", k_me.hex()] if k_me else []
        done = subprocess.run(
            [support.program("simbiont-lab"), "attach", "--connect", "%s:%d" % hss.address, "--mme-host", "mme1.visited.example",
             "--mme-realm", "visited.example", "--realm", "hss.example", "--imsi", IMSI, "--k", self.secrets["k"].hex(),
             "--opc", self.secrets["opc"].hex(), "--imei", IMEI, *key, "--json"],
            capture_output=True, text=True, timeout=60, check=False)
        return json.loads(done.stdout)["outcome"]

    def exported(self):
        """The device maker's side, by openssl."""
        data = os.path.join(support.ROOT, "tests/data/keys")
        self.site.ok("supplier", "add", "maker", "--export-key", os.path.join(data, "rsa-3072.pub"), "--kme-prefix", "acme-")
        self.assertRefused(self.site.cli("kme", "export", "acme-1", "--for", "acme"), "without --export-key")
        self.site.ok("kme", "export", "acme-1", "acme-strong", "--for", "maker", "--out", self.site.path("export.json"))
        with open(self.site.path("export.json"), encoding="utf-8") as f:
            export = json.load(f)
        kek = openssl("pkeyutl", "-decrypt", "-inkey", os.path.join(data, "rsa-3072.key"), "-pkeyopt", "rsa_padding_mode:oaep",
                      "-pkeyopt", "rsa_oaep_md:sha256", data=bytes.fromhex(export["encrypted_kek"]))
        self.secrets["export kek"] = kek
        return {key["kme"]: openssl("enc", "-d", "-id-aes256-wrap-pad", "-K", kek.hex(), "-iv", "A65959A6",
                                    data=bytes.fromhex(key["wrapped_key"])) for key in export["keys"]}

    def test_a_batch_becomes_attaches_and_no_key_is_seen(self):
        hss = self.site.start(config='[log]\nlevel = "debug"\n')
        self.register()
        good = self.make_batch()
        self.refused(good)
        self.assertEqual(self.import_devices(good).stdout, "imported 3 devices of supplier acme\n")
        sims = self.simco.batch("sims.csv", f"{SIM_HEAD}\n{IMSI},{self.simco.wrapped(self.secret('k'))},"
                                            f"{self.simco.wrapped(self.secret('opc'))}\n")
        self.assertEqual(self.import_sims(sims).stdout, "imported 1 sims of supplier simco\n")
        self.site.ok("bind", IMSI, IMEI)
        self.assertEqual(self.attach(hss, self.secrets["k_me"]), "attached")
        self.assertEqual(self.attach(hss, None), "MAC failure")
        self.assertEqual(self.exported(), {"acme-1": self.secrets["k_me"], "acme-strong": self.secrets["strong"]})
        self.site.ok("supplier", "remove", "acme")
        self.assertEqual(self.attach(hss, self.secrets["k_me"]), "attached")
        events = self.site.ok("events")
        for kind in ("supplier-added", "supplier-removed", "keys-imported", "keys-exported"):
            self.assertIn(kind, events)
        self.site.ok("supplier", "list")
        self.site.ok("supplier", "show", "simco")
        self.site.ok("backup", self.site.path("backup"))
        self.assert_clean()
        hss.stop()
        self.assert_clean()

    def assert_clean(self):
        for directory, _, names in os.walk(self.site.directory):
            for name in names:
                path = os.path.join(directory, name)
                if not name.endswith(".key") and os.path.isfile(path):  # where the test itself wrote keys
                    with open(path, "rb") as f:
                        self.assertEqual(secrets_test.leaks(self.secrets, f.read()), [], path)
        for arguments, out, err in self.site.outputs:
            self.assertEqual(secrets_test.leaks(self.secrets, (out + err).encode()), [], arguments)

    def test_a_batch_whose_hss_is_killed_is_finished_by_resume(self):
        count = 20_000
        self.register()
        key = self.acme.wrapped(self.secret("set"))
        path = self.acme.batch("many.csv", f"{DEVICE_HEAD}\n" + "".join(f"{35000000000000 + i},acme-set,,,,{key}\n" for i in range(count)))
        hss = self.site.start()
        process = subprocess.Popen([support.program("simbiont"), "--db", self.site.db, "kme", "import", path, "--signature", path + ".sig",
                                    "--supplier", "acme"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        support.eventually(lambda: self.site.sql("SELECT count(*) FROM device") != "0", "a first group of devices")
        hss.stop(signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        written = int(self.site.sql("SELECT count(*) FROM device"))
        print(f"killed after {written} of {count} devices", flush=True)
        self.assertLess(written, count)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn("--resume", err)
        self.assertRefused(self.import_devices(path), "exists")
        self.assertEqual(self.import_devices(path, "--resume").stdout, f"imported {count} devices of supplier acme\n")
        self.assertEqual(self.site.sql("SELECT count(*) FROM device"), str(count))


if __name__ == "__main__":
    support.main()
