"""Through a Diameter stack that is not ours: freeDiameter relays between the lab's MME and the HSS."""
import diameter
import freediameter
import lab_tools
import namespace
import support

HSS_HOST, HSS_REALM, HSS_PORT = "hss.hss.example", "hss.example", 3870
FIRST, SECOND = "mme1.visited.example", "mme2.visited.example"


class Relay(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.sim = lab_tools.BoundSim(self.site, support.seeded())
        config = f'[[peers]]\norigin_host = "{freediameter.IDENTITY}"\nrelay = true\n'
        self.hss = self.site.start("--origin-host", HSS_HOST, "--origin-realm", HSS_REALM, host=namespace.ADDRESS,
                                   port=HSS_PORT, config=config)
        self.relay = freediameter.Relay(self.site, namespace.ADDRESS, HSS_HOST, HSS_PORT)
        self.addCleanup(self.relay.stop)
        self.relay.wait_connected()

    def attach(self, mme, *options, **more):
        return self.sim.attach(self.relay.address, mme, *options, server_realm=HSS_REALM, **more)

    def test_bound_sim_attaches_resynchronises_and_moves_through_the_relay(self):
        status, report = self.attach(FIRST)
        self.assertEqual((status, report["outcome"]), (0, "attached"), report)
        self.assertTrue(report["kasme_agrees"])
        self.assertEqual(self.site.rows("subscriber", "show", lab_tools.IMSI)[0]["mme"], FIRST)

        status, report = self.attach(FIRST, "--sqn", str(1 << 30))
        self.assertEqual((status, report["outcome"], report["resynchronised"]), (0, "attached", True), report)

        status, report = self.attach(FIRST, k_me="00" * 16)
        self.assertEqual((status, report["outcome"]), (1, "MAC failure"), report)

    def test_clr_finds_the_first_mme_through_the_relay_and_its_answer_comes_back(self):
        with diameter.Node(self.relay.address, FIRST) as first:
            first.server_realm = HSS_REALM
            self.assertEqual(len(first.air(lab_tools.IMSI, 2).vectors), 2)
            self.assertEqual(first.ulr(lab_tools.IMSI, lab_tools.IMEI).result, 2001)
            status, report = self.attach(SECOND, "--sqn", str(1 << 30))
            self.assertEqual((status, report["outcome"]), (0, "attached"), report)
            clr = first.wait_for(diameter.CLR)
            self.assertEqual(clr.one(1).decode(), lab_tools.IMSI)
            self.assertEqual(clr.one(1420), b"\0\0\0\0")  # MME update
            self.assertEqual(clr.one(293).decode(), FIRST)
            self.assertEqual(clr.all(282), [HSS_HOST.encode()])  # it came by the relay
            support.eventually(lambda: "event=clr-settled" in self.hss.log(), "the CLA settled what was owed")
            self.assertTrue(self.settled(), "the CLA did not settle what was owed")
        self.assertEqual(self.site.rows("subscriber", "show", lab_tools.IMSI)[0]["mme"], SECOND)

    def settled(self):
        """Nothing is owed any more: a restarted HSS sends no CLR again."""
        self.hss.stop()
        self.relay.stop()
        left = self.site.sql("SELECT count(*) FROM owed_clr")
        return left == "0"

    def test_refusals_pass_the_relay_unchanged(self):
        with diameter.Node(self.relay.address, FIRST) as mme:
            mme.server_realm = HSS_REALM
            self.assertEqual(mme.air("001019999999999").result, 5001)
            vector = mme.air(lab_tools.IMSI).vectors[0]
            self.assertEqual(mme.air(lab_tools.IMSI, 1, vector[0] + b"\0" * 14).result, 4181)

    def test_an_mme_that_is_not_in_the_peer_list_cannot_connect_itself(self):
        with self.assertRaises(diameter.Closed):
            diameter.Node(self.hss.address, FIRST)


if __name__ == "__main__":
    if not freediameter.installed():
        namespace.skip("freediameter and freediameter-extensions are not installed")
    namespace.enter()
    support.main()
