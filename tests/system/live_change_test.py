"""What the operator changes holds for the next request that arrives at the running HSS."""
import diameter
import lab_tools
import support

MME = "mme1.visited.example"


class LiveChange(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.sim = lab_tools.BoundSim(self.site, support.seeded())
        self.hss = self.site.start("--origin-realm", "hss.example")

    def attach(self, **options):
        return self.sim.attach(self.hss.address, MME, **options)[1]

    def test_modes_and_bindings_hold_at_once(self):
        imsi = lab_tools.IMSI
        self.assertEqual(self.attach()["outcome"], "attached")
        self.assertEqual(self.attach(k_me=False)["outcome"], "MAC failure")
        self.site.ok("mode", imsi, "off")
        self.assertEqual(self.attach(k_me=False)["outcome"], "attached")
        self.site.ok("mode", imsi, "enforce")
        self.assertEqual(self.attach(k_me=False)["outcome"], "MAC failure")
        self.assertEqual(self.attach()["outcome"], "attached")
        self.site.ok("unbind", imsi)
        answer = self.attach()
        self.assertEqual((answer["outcome"], answer["aia"][-1]["code"]), ("no vector", 4181))

    def test_removed_subscriber_gets_no_vector_and_its_mme_is_told(self):
        imsi = lab_tools.IMSI
        with diameter.Node(self.hss.address, MME) as mme:
            self.assertEqual(mme.air(imsi).result, 2001)
            self.assertEqual(mme.ulr(imsi, lab_tools.IMEI).result, 2001)
            self.site.ok("subscriber", "remove", imsi)
            self.assertEqual(mme.air(imsi).result, 5001)
            clr = mme.wait_for(diameter.CLR)
            self.assertEqual((clr.one(1).decode(), clr.one(1420)), (imsi, b"\0\0\0\2"))

    def test_removed_subscriber_is_withdrawn_from_an_mme_that_only_fetched_vectors(self):
        imsi = lab_tools.IMSI
        with diameter.Node(self.hss.address, MME) as mme:
            self.assertEqual(mme.air(imsi).result, 2001)
            self.assertIn(MME, self.site.cli("subscriber", "remove", imsi).stderr)
            self.assertEqual(mme.wait_for(diameter.CLR).one(1420), b"\0\0\0\2")

    def test_clr_owed_to_an_mme_that_is_away_goes_out_when_it_comes_back_even_after_a_restart(self):
        imsi = lab_tools.IMSI
        with diameter.Node(self.hss.address, MME) as mme:
            self.assertEqual(mme.ulr(imsi, lab_tools.IMEI).result, 2001)
        with diameter.Node(self.hss.address, "mme2.visited.example") as second:
            self.assertEqual(second.ulr(imsi, lab_tools.IMEI).result, 2001)
        self.hss.stop()
        self.hss = self.site.start("--origin-realm", "hss.example")
        with diameter.Node(self.hss.address, MME) as mme:
            self.assertEqual(mme.wait_for(diameter.CLR).one(1420), b"\0\0\0\0")

    def test_history_and_events_tell_what_add_reported(self):
        imsi = lab_tools.IMSI
        with diameter.Node(self.hss.address, MME) as mme:
            for imei in (lab_tools.IMEI, "35000000000002", "12"):
                self.assertEqual(mme.ulr(imsi, imei).result, 2001)
        rows = self.site.rows("history", imsi)
        self.assertEqual(len(rows), 3)
        self.assertEqual([str(row["authorised"]).lower() in ("true", "yes") for row in rows].count(True), 1)
        self.assertTrue(any("imei" in row["kind"] for row in self.site.rows("events")))


if __name__ == "__main__":
    support.main()
