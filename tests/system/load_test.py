"""simbiont-lab load against a running HSS: load_test.py MUTANT, the HSS whose transform is the identity."""
import json
import subprocess
import sys
import unittest
from unittest import mock

import support

FIRST, COUNT, KMES, DEVICES = 1010000000000, 400, 3, 20


class Load(support.SiteTest):
    def setUp(self):
        super().setUp()
        rng = support.seeded()
        imsis = [f"{FIRST + i:015d}" for i in range(COUNT)]
        imeis = [f"{35000000000000 + i:014d}" for i in range(DEVICES)]
        algorithms = ["aes128", "aes256", "aes128-imsi"]
        self.files = {
            "subscribers": ["imsi,k,op,opc"] + [
                f"{imsi},{support.key(rng).hex()}," + (f"{support.key(rng).hex()}," if i % 2 else f",{support.key(rng).hex()}")
                for i, imsi in enumerate(imsis)],
            "kmes": ["id,algorithm,key"] + [
                f"kme{i},{algorithms[i]},{rng.getrandbits(256 if i == 1 else 128):0{64 if i == 1 else 32}x}" for i in range(KMES)],
            "devices": ["imei,kme"] + [f"{imei},kme{i % KMES}" for i, imei in enumerate(imeis)],
            # One in ten is bound to nothing: its RANDs are plain.
            "bindings": ["imsi,imei"] + [f"{imsi},{imeis[i % DEVICES]}" for i, imsi in enumerate(imsis) if i % 10],
        }
        for name, rows in self.files.items():
            self.site.ok("import", name, self.site.write(f"{name}.csv", "\n".join(rows) + "\n"))

    def load(self, hss, *options, keys=True, first=FIRST):
        """(exit status, the report, standard error)"""
        files = [f"--{option}={self.site.path(name + '.csv')}" for option, name in
                 (("keys", "subscribers"), ("kmes", "kmes"), ("devices", "devices"), ("bindings", "bindings"))]
        done = subprocess.run(
            [support.program("simbiont-lab"), "load", "--port", str(hss.address[1]), "--first-imsi", f"{first:015d}", "--count",
             str(COUNT), "--warmup", "0.2", "--duration", "1", *options, *(files if keys else []), "--json"],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertTrue(done.stdout, done.stderr)
        return done.returncode, json.loads(done.stdout), done.stderr

    def assertRan(self, status, report):
        self.assertEqual(status, 0, report)
        self.assertGreater(report["rate"], 0)
        self.assertEqual([(r["code"], r["experimental"]) for r in report["results"]], [(2001, False)])
        for name in ("failed", "unanswered", "unexpected", "without_code", "lost"):
            self.assertEqual(report[name], 0, report)

    def test_every_sampled_vector_is_right_in_closed_and_open_loop(self):
        hss = self.site.start()
        for options in (["--connections", "4", "--window", "16"], ["--connections", "2", "--threads", "2", "--vectors", "5"],
                        ["--rate", "500", "--connections", "3"], ["--origin-host", "mme.shared.example", "--connections", "2"]):
            with self.subTest(options):
                status, report, _ = self.load(hss, *options)
                self.assertRan(status, report)
                self.assertGreater(report["verified"]["vectors"], COUNT // 2)
                self.assertEqual(report["verified"]["wrong"], 0)
                latency = report["latency_us"]
                self.assertLessEqual(latency["p50"], latency["p99"])
                self.assertLessEqual(latency["p99"], latency["max"])

    def test_open_loop_keeps_its_rate(self):
        status, report, _ = self.load(self.site.start(), "--rate", "300", keys=False)
        self.assertRan(status, report)
        self.assertAlmostEqual(report["latency_us"]["count"], 300, delta=2)

    def test_ulr_and_mix_register(self):
        hss = self.site.start()
        for options in (["--procedure", "ulr"], ["--procedure", "mix", "--ratio", "1:3", "--connections", "3", "--window", "4"]):
            with self.subTest(options):
                status, report, _ = self.load(hss, *options, keys=False)
                self.assertRan(status, report)

    def test_a_wrong_key_is_found(self):
        hss = self.site.start()
        for name, column in (("kmes", 2), ("subscribers", 1)):
            rows = [row.split(",") for row in self.files[name]]
            rows[1][column] = rows[1][column][:-1] + ("1" if rows[1][column][-1] != "1" else "2")
            self.site.write(f"{name}.csv", "\n".join(",".join(row) for row in rows) + "\n")
            status, report, _ = self.load(hss)
            self.assertEqual(status, 1)
            self.assertGreater(report["verified"]["wrong"], 0)
            self.site.write(f"{name}.csv", "\n".join(self.files[name]) + "\n")

    def test_an_identity_transform_is_found(self):
        real = support.program
        with mock.patch.object(support, "program", lambda name: MUTANT if name == "simbiont-hss" else real(name)):
            hss = self.site.start()
        status, report, _ = self.load(hss)
        self.assertEqual(status, 1)
        self.assertEqual(report["failed"], 0)
        # Only the unbound tenth is as it must be.
        self.assertGreater(report["verified"]["wrong"], report["verified"]["vectors"] * 0.8)
        self.assertLess(report["verified"]["wrong"], report["verified"]["vectors"])

    def test_error_answers_count_for_nothing(self):
        status, report, _ = self.load(self.site.start(), keys=False, first=FIRST + 10 * COUNT)
        self.assertEqual(status, 1)
        self.assertEqual(report["rate"], 0)
        self.assertGreater(report["failed"], 0)
        self.assertEqual([(r["code"], r["experimental"]) for r in report["results"]], [(5001, True)])

    def test_wrong_usage_exits_2(self):
        for options in (["--first-imsi", "12a456"], ["--first-imsi", "001010000000000", "--window", "0"],
                        ["--first-imsi", "001010000000000", "--window", "2", "--rate", "5"], ["--count", "5"],
                        ["--first-imsi", "001010000000000", "--kmes", "kmes.csv"]):
            done = subprocess.run([support.program("simbiont-lab"), "load", *options], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, options)
            self.assertEqual(done.stdout, "", options)


if __name__ == "__main__":
    MUTANT = sys.argv.pop(1)
    support.main()
