"""The life of a binding, through the operator's tool, a running HSS and the lab: learn, violation, suspension, swap, end."""
import time

import diameter
import lab_tools
import support

MME, OTHER_MME = "mme1.visited.example", "mme2.visited.example"
IMSI, IMEI = lab_tools.IMSI, lab_tools.IMEI
STRANGER, NEW = "350000000000022", "350000000000030"


class LifeCycle(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.sim = lab_tools.BoundSim(self.site, support.seeded())
        self.start()

    def start(self):
        self.hss = self.site.start("--origin-realm", "hss.example")

    def attach(self, mme=MME, **options):
        return self.sim.attach(self.hss.address, mme, **options)[1]["outcome"]

    def state(self):
        return self.site.rows("subscriber", "show", IMSI)[0]["state"]

    def kinds(self):
        return [event["kind"] for event in self.site.rows("events")]

    def soon(self, seconds):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))

    def test_learn_locks_the_sim_to_the_device_that_proves_its_key(self):
        self.site.ok("learn", IMSI, "--tac", IMEI[:8])
        self.assertEqual(self.state(), "ARMED")
        self.assertEqual(self.attach(k_me=False), "attached")  # and reports the device
        self.hss.stop()
        self.start()
        self.assertEqual(self.attach(k_me=False), "MAC failure")
        self.assertEqual(self.state(), "ARMED")
        self.assertEqual(self.attach(), "attached")
        self.assertEqual(self.state(), "LOCKED")
        self.assertEqual([row["imei"] for row in self.site.rows("bindings", IMSI)], [IMEI])
        self.assertEqual(self.attach(k_me=False), "MAC failure")
        self.assertEqual([kind for kind in self.kinds() if "learn" in kind], ["learning", "learn-trial", "learned"])
        told = self.site.cli("relearn", IMSI)
        self.assertIn(MME + " may hold vectors", told.stderr)
        self.assertEqual(self.state(), "ARMED")

    def test_a_mismatch_violates_until_it_is_acknowledged_and_changes_no_vector(self):
        with diameter.Node(self.hss.address, OTHER_MME) as mme:
            self.assertEqual(mme.ulr(IMSI, STRANGER).result, 2001)
        self.assertEqual([row["imsi"] for row in self.site.rows("subscriber", "list", "--state", "VIOLATED")], [IMSI])
        self.assertEqual(self.site.rows("status")[0]["violated"], 1)
        self.assertIn("imei-mismatch", self.kinds())
        self.assertEqual(self.attach(), "attached")
        self.assertRefused(self.site.cli("relearn", IMSI), "VIOLATED", "acknowledge it first")
        self.site.ok("acknowledge", IMSI)
        self.assertEqual(self.state(), "LOCKED")
        self.assertEqual(self.site.rows("subscriber", "list", "--state", "VIOLATED"), [])

    def test_a_suspended_sim_is_cancelled_and_gets_nothing_until_it_is_resumed(self):
        with diameter.Node(self.hss.address, MME) as mme:
            self.assertEqual(mme.air(IMSI).result, 2001)
            self.assertEqual(mme.ulr(IMSI, IMEI).result, 2001)
            self.assertIn(MME, self.site.cli("suspend", IMSI).stderr)
            self.assertEqual(mme.wait_for(diameter.CLR).one(1420), b"\0\0\0\2")
            self.assertEqual(mme.air(IMSI).result, 4181)
            self.assertEqual(mme.ulr(IMSI, IMEI).result, 5012)
        self.assertEqual(self.state(), "SUSPENDED")
        self.assertRefused(self.site.cli("mode", IMSI, "off"), "SUSPENDED", "resume it first")
        self.site.ok("resume", IMSI)
        self.assertEqual(self.state(), "LOCKED")
        self.assertEqual(self.attach(), "attached")

    def test_a_swap_and_an_end_happen_by_themselves(self):
        new_key = "00112233445566778899aabbccddeeff"
        self.site.ok("kme", "add", "new", "--key", "-", stdin=new_key)
        self.site.ok("device", "add", NEW, "--kme", "new")
        self.site.ok("rebind", IMSI, IMEI, NEW, "--overlap", "2s")
        self.assertEqual(self.attach(), "attached")
        self.assertEqual(len(self.site.rows("bindings", IMSI)), 2)
        support.eventually(lambda: len(self.site.rows("bindings", IMSI)) == 1, "the end of the window")
        self.assertEqual(self.attach(), "MAC failure")
        self.assertEqual(self.attach(k_me=new_key), "attached")
        self.site.ok("bind", IMSI, NEW, "--until", self.soon(2))
        support.eventually(lambda: self.attach(k_me=new_key) == "no vector", "the end of the association")
        self.assertEqual(self.kinds().count("association-ended"), 2)
        self.assertLess(self.kinds().index("association-ends"), self.kinds().index("association-ended"))
        self.assertEqual(self.state(), "LOCKED")

    def test_a_pool_is_followed(self):
        self.site.ok("device", "add", NEW, "--kme", lab_tools.KME)
        self.site.ok("pool", "add", "spare", NEW)
        self.site.ok("bind", IMSI, "--pool", "spare")
        self.assertEqual(len(self.site.rows("bindings", IMSI)), 2)
        self.site.ok("unbind", IMSI, IMEI)
        self.assertEqual(self.attach(), "attached")  # one K_ME for both
        told = self.site.cli("pool", "remove", "spare", NEW)
        self.assertIn(IMSI + " has no device any more", told.stderr)
        self.assertEqual(self.attach(), "no vector")


if __name__ == "__main__":
    support.main()
