"""No key that was provisioned stands in any log, output, or database file, in any usual form; the key file excepted."""
import base64
import os
import unittest

import diameter
import support


def forms(secret):
    """How a key could appear: raw, hexadecimal with and without separators, base64 at each alignment."""
    yield "raw", secret
    yield "reversed", secret[::-1]
    for separator in ("", ":", " "):
        text = separator.join(f"{octet:02x}" for octet in secret)
        yield f"hex{separator!r}", text.encode()
        yield f"HEX{separator!r}", text.upper().encode()
    for shift in range(3):
        # The characters at both ends depend on the neighbours; those between do not.
        coded = base64.b64encode(b"\0" * shift + secret)
        middle = coded[(8 * shift + 5) // 6:len(coded) - 4]
        yield f"base64+{shift}", middle
        yield f"base64url+{shift}", middle.replace(b"+", b"-").replace(b"/", b"_")


def leaks(secrets, content):
    return [(name, form) for name, secret in secrets.items() for form, octets in forms(secret) if octets in content]


class PositiveControl(unittest.TestCase):
    def test_a_key_in_a_file_is_found_in_every_form(self):
        secret = bytes(range(0x41, 0x51))
        for text in (secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret),
                     base64.b64encode(b"x" + secret + b"y"), base64.b64encode(b"xy" + secret + b"z"),
                     ":".join(f"{o:02x}" for o in secret).encode()):
            self.assertTrue(leaks({"k": secret}, b"..." + text + b"..."), text)
        self.assertEqual(leaks({"k": secret}, b"nothing of it" + secret[:12]), [])


class Secrets(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.rng = support.seeded()
        self.secrets = {}

    def secret(self, name, octets=16):
        self.secrets[name] = self.rng.getrandbits(8 * octets).to_bytes(octets, "big")
        return self.secrets[name].hex()

    def provision(self):
        """Keys through every door: options, @file, standard input, CSV."""
        site = self.site
        site.ok("subscriber", "add", "001010000000001", "--k", self.secret("k option"), "--opc", self.secret("opc option"))
        site.ok("subscriber", "add", "001010000000002", "--k", "@" + site.write("k.txt", self.secret("k file") + "\n"),
                "--op", self.secret("op option"))
        site.ok("subscriber", "add", "001010000000003", "--k", "-", "--opc", self.secret("opc 3"),
                stdin=self.secret("k stdin") + "\n")
        site.ok("import", "subscribers", site.write("s.csv", "imsi,k,op,opc\n" + "".join(
            f"00101000000{i:04d},{self.secret(f'k csv {i}')},,{self.secret(f'opc csv {i}')}\n" for i in range(10, 20))
            + f"001010000000020,{self.secret('k csv op')},{self.secret('op csv')},\n"))
        site.ok("kme", "add", "fleet", "--key", self.secret("kme option"))
        site.ok("kme", "add", "strong", "--key", "-", "--algorithm", "aes256", stdin=self.secret("kme 256", 32) + "\n")
        site.ok("import", "kmes", site.write("k.csv", f"id,algorithm,key\ncsv,aes128-imsi,{self.secret('kme csv')}\n"))
        site.ok("import", "devices", site.write("d.csv", "imei,kme\n35000000000001,fleet\n35000000000002,strong\n"))
        site.ok("device", "add", "35000000000003", "--kme", "csv")
        site.ok("bind", "001010000000001", "35000000000001")
        site.ok("bind", "001010000000002", "35000000000002", "--mode", "observe")
        site.ok("import", "bindings", site.write("b.csv", "imsi,imei,mode\n001010000000010,35000000000003,enforce\n"))

    def refused(self):
        """Inputs that fail, whose errors must not repeat a key."""
        site = self.site
        self.assertRefused(site.cli("subscriber", "add", "001010000000001", "--k", self.secret("k again"), "--opc",
                                    self.secret("opc again")))
        site.cli("subscriber", "add", "001010000000030", "--k", self.secret("k long", 20), "--opc", self.secret("opc long"))
        site.cli("kme", "add", "fleet", "--key", self.secret("kme again"))
        site.cli("kme", "add", "short", "--key", self.secret("kme short"), "--algorithm", "aes256")
        row = f"12,{self.secret('k bad row')},,{self.secret('opc bad row')}"
        self.assertRefused(site.cli("import", "subscribers", site.write("bad.csv", f"imsi,k,op,opc\n{row}\n")))
        self.assertRefused(site.cli("import", "kmes", site.write("badk.csv", f"id,key\nx,{self.secret('kme bad', 17)}\n")))

        # A key where its name belongs.
        for command in (["kme", "add", self.secret("kme as id"), "--generate"], ["kme", "show", self.secret("shown id")],
                        ["device", "add", "35000000000009", "--kme", self.secret("kme of device")],
                        ["import", "kmes", site.write("ids.csv", f"id,key\n{self.secret('id csv', 32)},{self.secret('k')}\n")],
                        ["import", "devices", site.write("dev.csv", f"imei,kme\n35000000000009,{self.secret('kme csv id')}\n")]):
            self.assertRefused(site.cli(*command))

    def use(self, hss):
        """Attaches, failed resyncs, mismatching IMEIs, unknown users."""
        with diameter.Node(hss.address, "mme1.visited.example") as one, diameter.Node(hss.address, "mme2.visited.example") as two:
            for mme in (one, two):
                for number in [1, 2, 3, *range(10, 21)]:
                    imsi = f"00101000000{number:04d}"
                    vectors = mme.air(imsi, 3).vectors
                    self.assertEqual(len(vectors), 3)
                    self.assertEqual(mme.ulr(imsi, "350000000000014").result, 2001)
                    auts = self.rng.getrandbits(14 * 8).to_bytes(14, "big")
                    self.assertEqual(mme.air(imsi, 1, vectors[0][0] + auts).result, 4181)
                mme.air("001019999999999")

    def listings(self):
        site = self.site
        for arguments in (["subscriber", "list"], ["subscriber", "show", "001010000000001"], ["kme", "list"],
                          ["kme", "show", "fleet"], ["kme", "show", "strong"], ["device", "list"],
                          ["device", "show", "35000000000001"], ["bindings"], ["bindings", "001010000000001"],
                          ["history", "001010000000001"], ["events"]):
            site.ok(*arguments)
            self.assertTrue(site.ok("--json", *arguments).strip(), arguments)

    def test_no_provisioned_key_appears_anywhere(self):
        self.provision()
        self.refused()
        self.listings()
        hss = self.site.start(config='[log]\nlevel = "debug"\n')
        self.refused()
        self.use(hss)
        self.listings()
        self.site.ok("backup", self.site.path("backup"))
        self.site.ok("kme", "add", "live", "--key", self.secret("kme live"))
        generated = self.site.ok("kme", "add", "drawn", "--generate")
        self.assertNotRegex(generated, r"[0-9a-fA-F]{32}")
        self.assert_clean(running=True)
        hss.stop()
        self.listings()
        self.assert_clean(running=False)

    def assert_clean(self, running):
        inputs = {"k.txt", "s.csv", "k.csv", "d.csv", "b.csv", "bad.csv", "badk.csv", "ids.csv",
                  "dev.csv"}  # where the test itself wrote keys
        looked_at = []
        for directory, _, names in os.walk(self.site.directory):
            for name in names:
                path = os.path.join(directory, name)
                if name in inputs or name.endswith(".key") or not os.path.isfile(path):
                    continue
                with open(path, "rb") as f:
                    content = f.read()
                self.assertEqual(leaks(self.secrets, content), [], path)
                looked_at.append(os.path.relpath(path, self.site.directory))
        for arguments, out, err in self.site.outputs:
            self.assertEqual(leaks(self.secrets, (out + err).encode()), [], arguments)
        self.assertIn("simbiont.db", looked_at)
        self.assertTrue(any(name.startswith("backup/") for name in looked_at), looked_at)
        self.assertTrue(any(name.endswith(".log") for name in looked_at), looked_at)
        if running:
            self.assertIn("simbiont.db-wal", looked_at)
        print(f"searched {len(looked_at)} files and {len(self.site.outputs)} outputs for {len(self.secrets)} keys in "
              f"{sum(1 for _ in forms(b'0' * 16))} forms", flush=True)


if __name__ == "__main__":
    support.main()
