"""Every command of S6a, S6d and S13: what triggers it (the lab or the CLI), and what is stored afterwards."""
import queue
import subprocess
import threading

import lab_tools
import support

IMSI, MME, SGSN = lab_tools.IMSI, "mme1.visited.example", "sgsn1.visited.example"


class Staying:
    """A node of the lab that registers, stays connected and prints what the HSS asks of it."""

    def __init__(self, arguments):
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def wait(self, start):
        """The next line that begins so."""
        while True:
            line = self.lines.get(timeout=support.DEADLINE_S)
            if line.startswith(start):
                return line

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Commands(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.sim = lab_tools.BoundSim(self.site, support.seeded())
        self.hss = self.site.start("--origin-realm", "hss.example")

    def arguments(self, verb, host, *options):
        return [support.program("simbiont-lab"), verb, "--connect", "%s:%d" % self.hss.address, "--mme-host", host,
                "--mme-realm", "visited.example", *options]

    def lab(self, verb, host, *options, code=0):
        done = subprocess.run(self.arguments(verb, host, *options), capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def stay(self, verb, host, *options):
        staying = Staying(self.arguments(verb, host, "--stay", "600", *options))
        self.addCleanup(staying.close)
        if verb == "ulr":
            staying.wait("ULA    2001")
        return staying

    def shown(self):
        return self.site.rows("subscriber", "show", IMSI)[0]

    def owed(self):
        """How many rows are owed, once the HSS is stopped."""
        return self.site.sql("SELECT (SELECT count(*) FROM owed_clr) + (SELECT count(*) FROM owed_update)")

    def test_ulr_of_mme_and_sgsn_and_clr_between_them(self):
        mme = self.stay("ulr", MME, "--imsi", IMSI, "--imei", lab_tools.IMEI)
        sgsn = self.stay("ulr", SGSN, "--imsi", IMSI, "--sgsn", "--sgsn-number", "491700000002", "--gprs")
        self.assertEqual([sgsn.wait("PDP"), sgsn.wait("PDP")], ["PDP    1 meter", "PDP    2 internet"])
        row = self.shown()
        self.assertEqual((row["mme"], row["sgsn"], row["sgsn_number"]), (MME, SGSN, "491700000002"))
        self.assertEqual(self.site.rows("status")[0]["registrations"], 2)
        self.lab("ulr", "mme2.visited.example", "--imsi", IMSI)
        self.assertEqual(mme.wait("CLR"), f"CLR {IMSI} type 0 flags 1")
        self.lab("ulr", "mme2.visited.example", "--imsi", IMSI, "--single-registration")
        self.assertEqual(sgsn.wait("CLR"), f"CLR {IMSI} type 1 flags 0")
        self.assertEqual((self.shown()["mme"], self.shown()["sgsn"]), ("mme2.visited.example", ""))
        sgsn2 = self.stay("ulr", "sgsn2.visited.example", "--imsi", IMSI, "--sgsn")
        self.lab("ulr", MME, "--imsi", IMSI, "--initial-attach")
        self.assertEqual(sgsn2.wait("CLR"), f"CLR {IMSI} type 4 flags 0")
        self.assertEqual((self.shown()["mme"], self.shown()["sgsn"]), (MME, ""))

    def test_pur_and_nor_act_on_the_registration_of_their_node(self):
        self.lab("ulr", MME, "--imsi", IMSI)
        self.lab("ulr", SGSN, "--imsi", IMSI, "--sgsn")
        self.assertIn("FLAGS  2", self.lab("pur", SGSN, "--imsi", IMSI))
        row = self.shown()
        self.assertTrue(row["sgsn_purged_since"])
        self.assertFalse(row["purged_since"])
        self.assertIn("FLAGS  1", self.lab("pur", MME, "--imsi", IMSI))
        self.assertTrue(self.shown()["purged_since"])
        self.lab("nor", SGSN, "--imsi", IMSI, "--imei", "35000000000002", "--sgsn")
        self.assertEqual(len(self.site.rows("history", IMSI)), 1)
        self.assertIn("5423", self.lab("nor", "mme9.visited.example", "--imsi", IMSI, "--imei", lab_tools.IMEI, code=1))
        self.lab("nor", MME, "--imsi", IMSI, "--single-registration")
        self.assertEqual(self.shown()["sgsn"], "")

    def test_ecr_says_what_device_state_says(self):
        for state in ("barred", "grey", "allowed"):
            self.site.ok("device", "state", lab_tools.IMEI, state)
            self.assertIn(f"STATE  {state}", self.lab("ecr", MME, "--imei", lab_tools.IMEI))
        self.assertIn("5422", self.lab("ecr", MME, "--imei", "35000000000002", code=1))

    def test_subscriber_set_sends_idr_and_dsr_to_each_node_that_serves(self):
        mme = self.stay("ulr", MME, "--imsi", IMSI, "--feature", "removal-of-msisdn", "--feature", "partial-purge")
        self.assertEqual(mme.wait("LISTS"), "LISTS  536870912 8388608")
        sgsn = self.stay("ulr", SGSN, "--imsi", IMSI, "--sgsn", "--gprs")
        said = self.site.cli("subscriber", "set", IMSI, "--msisdn", "491700000007").stderr
        self.assertIn(f"{MME} serves it: an IDR goes to it", said)
        for node in (mme, sgsn):
            self.assertEqual(node.wait("IDR"), f"IDR {IMSI} msisdn 491700000007")
        self.site.ok("subscriber", "set", IMSI, "--apn", "internet", "--apn", "alarm")
        self.assertEqual(mme.wait("IDR"), f"IDR {IMSI} default 2 apn 2 internet apn 3 alarm")
        self.assertEqual(mme.wait("DSR"), f"DSR {IMSI} flags 8 context 1")
        self.assertEqual(sgsn.wait("IDR"), f"IDR {IMSI} default 2 apn 2 internet apn 3 alarm pdp 2 internet pdp 3 alarm")
        self.assertEqual(sgsn.wait("DSR"), f"DSR {IMSI} flags 8 context 1")
        said = self.site.cli("subscriber", "set", IMSI, "--msisdn", "").stderr
        self.assertIn(f"{SGSN} serves it and cannot withdraw an MSISDN", said)
        self.assertEqual(mme.wait("DSR"), f"DSR {IMSI} flags 8388608")
        self.assertEqual(self.shown()["apn"], ["internet", "alarm"])
        self.hss.stop()
        self.assertEqual(self.owed(), "0")

    def test_what_a_node_missed_is_owed_over_a_restart(self):
        self.lab("ulr", MME, "--imsi", IMSI)
        self.site.ok("subscriber", "set", IMSI, "--msisdn", "491700000008", "--apn", "internet")
        self.hss.stop()
        self.assertEqual(self.owed(), "2")
        self.hss = self.site.start("--origin-realm", "hss.example")
        mme = self.stay("listen", MME)
        self.assertEqual(mme.wait("IDR"), f"IDR {IMSI} msisdn 491700000008 default 2 apn 2 internet")
        self.assertEqual(mme.wait("DSR"), f"DSR {IMSI} flags 8 context 1")

    def test_rsr_by_reset_and_by_restore(self):
        self.assertEqual(self.site.cli("reset").returncode, 1, "nobody holds a registration")
        mme = self.stay("ulr", MME, "--imsi", IMSI)
        sgsn = self.stay("ulr", SGSN, "--imsi", IMSI, "--sgsn")
        self.assertIn(f"{SGSN} holds registrations: an RSR goes to it", self.site.cli("reset").stderr)
        for node in (mme, sgsn):
            node.wait("RSR")
        backup = self.site.path("backup")
        self.site.ok("backup", backup)
        self.site.ok("restore", backup)
        for node in (mme, sgsn):
            node.wait("RSR")
        self.assertIn("reset", [row["kind"] for row in self.site.rows("events")])

    def test_cancel_and_remove_reach_mme_and_sgsn(self):
        mme = self.stay("ulr", MME, "--imsi", IMSI)
        sgsn = self.stay("ulr", SGSN, "--imsi", IMSI, "--sgsn")
        self.site.ok("subscriber", "cancel", IMSI, "--reattach")
        self.assertEqual((mme.wait("CLR"), sgsn.wait("CLR")), (f"CLR {IMSI} type 2 flags 3", f"CLR {IMSI} type 2 flags 2"))
        self.assertEqual((self.shown()["mme"], self.shown()["sgsn"]), ("", ""))
        self.lab("ulr", "sgsn2.visited.example", "--imsi", IMSI, "--sgsn")
        sgsn2 = self.stay("listen", "sgsn2.visited.example")
        self.site.ok("subscriber", "remove", IMSI)
        self.assertEqual(sgsn2.wait("CLR"), f"CLR {IMSI} type 2 flags 0")


if __name__ == "__main__":
    support.main()
