#!/usr/bin/env python3
"""EAP-SIM, EAP-AKA and EAP-AKA' with programs of Debian's: wpa_supplicant and eapol_test on the card or behind simbiont-me,
hostapd as authenticator and RADIUS server, simbiont-hss behind it."""
import os
import shutil
import subprocess
import sys

import eap_world
import namespace
import support
from eap_world import CARD_READER, DECRYPTOR_READER

IMEI = "350000000000014"
BOUND, FREE, ROLLING = "001010000000001", "001010000000002", "001010000000003"
KME, NEXT_KME = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
FIRST_EPOCH, SECOND_EPOCH = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "1032547698badcfeefcdab8967452301"


class World(support.unittest.TestCase):
    subscribers = {BOUND: KME, FREE: None}

    @classmethod
    def setUpClass(cls):
        cls.site = support.Site()
        cls.addClassCleanup(cls.site.close)
        cls.network = eap_world.Network(cls.site, cls.subscribers, IMEI)
        cls.pcsc = eap_world.Pcsc(cls.site)
        cls.wire = eap_world.Wire(cls.site, cls.network.auc_socket)
        cls.addClassCleanup(cls.wire.close)

    def card(self, imsi=BOUND, seq=0):
        card = eap_world.Card(self.pcsc, imsi, *self.network.keys[imsi], seq=seq)
        self.addCleanup(card.remove)
        return card

    def decryptor(self, *options, slots=(), env=None, store=None, imei=IMEI):
        """slots: (KME id, epoch, scope, key)."""
        me = eap_world.Decryptor(self.site, imei, *options, store=store or self._testMethodName, env=env)
        self.addCleanup(me.stop)
        for slot in slots:
            me.add_slot(*slot)
        return me.wait_offered(self.pcsc)

    def authenticate(self, method="AKA", reader=DECRYPTOR_READER):
        return self.wire.authenticate(method, reader)

    def assert_in(self, outcome):
        self.assertTrue(outcome.success, outcome.log)
        self.assertTrue(outcome.keys_agree, outcome.log)

    def assert_out(self, outcome, word=None):
        self.assertTrue(outcome.failure, outcome.log)
        # EAP-SIM's peer has keys before it sees that the network's are others.
        self.assertFalse(outcome.keys_agree, outcome.log)
        if word:
            self.assertIn(word, outcome.log)

    def assert_nowhere(self, me, device):
        """K_ME stands in clear neither in the decryptor's store nor in what the device keeps."""
        names = [me.store] + [os.path.join(at, name) for at, _, files in os.walk(device) for name in files]
        for name in names:
            with open(name, "rb") as f:
                content = f.read()
            self.assertNotIn(bytes.fromhex(KME), content, name)
            self.assertNotIn(KME.encode(), content.lower(), name)


class WifiTest(World):
    """What the binding is for, in short."""

    def test_the_right_device_gets_in_and_no_other(self):
        self.card()
        self.assert_out(self.authenticate("AKA", CARD_READER))
        me = self.decryptor(slots=[("meters", 1, BOUND, KME)])
        self.assert_in(self.authenticate())
        me.add_slot("meters", 2, BOUND, NEXT_KME)
        me.ok("drop-slot", "meters", "1")
        self.assert_out(self.authenticate(), "Authentication-Reject")


class WifiMethods(World):
    """The same, method by method."""

    def test_behind_the_decryptor_each_method_succeeds_and_keys_agree(self):
        self.card()
        me = self.decryptor(slots=[("meters", 1, BOUND, KME)])
        for method in self.network.methods:
            with self.subTest(method):
                self.assert_in(self.authenticate(method))
        self.assertEqual(me.states(), [("meters", 1, "current")])

    def test_the_bare_card_fails(self):
        self.card()
        for method in self.network.methods:
            with self.subTest(method):
                self.assert_out(self.authenticate(method, CARD_READER))

    def test_without_a_kme_and_with_a_wrong_one_it_fails(self):
        card = self.card()
        me = self.decryptor()
        for method in self.network.methods:
            with self.subTest(method):
                self.assert_out(self.authenticate(method))
        self.assertNotIn("AUTHENTICATE", card.process.log(), "no slot, no try")
        me.add_slot("meters", 1, BOUND, NEXT_KME)
        for method in self.network.methods:
            with self.subTest(method):
                self.assert_out(self.authenticate(method))
        self.assertIn("AUTHENTICATE", card.process.log())


class WifiScenarios(World):
    """What else happens in the field."""
    subscribers = {BOUND: KME, FREE: None, ROLLING: FIRST_EPOCH}

    def test_a_card_whose_sqn_is_ahead_succeeds_after_auts(self):
        for method, seq in (("AKA", 100_000), ("AKA'", 200_000)):
            with self.subTest(method):
                card = self.card(seq=seq)
                me = self.decryptor(slots=[("meters", 1, BOUND, KME)], store="ahead-" + method)
                outcome = self.authenticate(method)
                self.assert_in(outcome)
                self.assertIn("AUTS", outcome.log)
                me.stop()
                card.remove()

    def test_a_new_key_is_taken_over_without_a_gap(self):
        self.card()
        me = self.decryptor(slots=[("meters", 1, BOUND, KME)])
        self.assert_in(self.authenticate())
        me.add_slot("meters", 2, BOUND, NEXT_KME)
        self.assert_in(self.authenticate())
        self.assertEqual(me.states(), [("meters", 1, "current"), ("meters", 2, "pending")], "before")
        self.network.turn_to(BOUND, NEXT_KME)
        self.addCleanup(self.network.turn_to, BOUND, KME)
        self.assert_in(self.authenticate())
        self.assertEqual(me.states(), [("meters", 1, "previous"), ("meters", 2, "current")], "during")
        me.ok("drop-slot", "meters", "1")
        self.assert_in(self.authenticate())
        self.assertEqual(me.states(), [("meters", 2, "current")], "after")

    def test_an_epoch_that_the_hss_activates_is_taken_over_without_a_gap(self):
        """docs/keys.md 3: stage, bring the key to the device, activate, let it prove that it has it."""
        if "activate" not in self.site.cli("kme", "--help").stdout:
            self.skipTest("this HSS has no epochs to activate")
        imei = self.network.devices[FIRST_EPOCH]
        kme = self.site.rows("device", "show", imei)[0]["kme"]
        self.card(ROLLING)
        me = self.decryptor(slots=[(kme, 1, ROLLING, FIRST_EPOCH)], imei=imei)
        self.assert_in(self.authenticate())
        self.site.ok("kme", "stage", kme, "--key", "-", stdin=SECOND_EPOCH)
        me.add_slot(kme, 2, ROLLING, SECOND_EPOCH)
        self.assert_in(self.authenticate("AKA'"))
        self.site.ok("kme", "activate", kme)
        self.assert_in(self.authenticate())
        self.assertEqual(me.states(), [(kme, 1, "current"), (kme, 2, "pending")], "before: not confirmed, so under the RETIRING epoch")
        challenge = self.site.ok("kme", "challenge", kme, "2", imei).strip()
        self.site.ok("kme", "confirm", kme, "2", imei, "--proof", me.ok("confirm", kme, "2", challenge)["proof"])
        self.assert_in(self.authenticate())
        self.assertEqual(me.states(), [(kme, 1, "previous"), (kme, 2, "current")], "during")
        me.ok("drop-slot", kme, "1")
        for method in self.network.methods:
            with self.subTest(method):
                self.assert_in(self.authenticate(method))
        self.assertEqual(me.states(), [(kme, 2, "current")], "after")

    def test_an_unbound_sim_succeeds_behind_the_decryptor(self):
        self.card(FREE)
        self.decryptor("--try-plain", slots=[("meters", 1, BOUND, KME)])
        self.assert_in(self.authenticate())

    def test_a_bound_sim_in_a_device_for_another_imsi_fails(self):
        self.card()
        self.decryptor("--try-plain", slots=[("meters", 1, FREE, KME)])
        self.assert_out(self.authenticate(), "Authentication-Reject")

    def test_eapol_test_against_hostapd_as_radius_server(self):
        self.card()
        self.decryptor(slots=[("meters", 1, BOUND, KME)])
        for method in self.network.methods:
            with self.subTest(method):
                log = self.wire.eapol_test(method, DECRYPTOR_READER)
                self.assertTrue(log.rstrip().endswith("SUCCESS"), log)
                self.assertIn("MPPE keys OK: 1  mismatch: 0", log)

    def test_kme_in_a_tpm(self):
        state = self.site.path("tpm")
        os.mkdir(state)
        tpm = eap_world.Process(self.site, "swtpm", ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags",
                                                     "not-need-init,startup-clear", "--server", "type=tcp,port=2321,disconnect",
                                                     "--ctrl", "type=tcp,port=2322"])
        self.addCleanup(tpm.stop)
        self.card()
        me = self.decryptor("--keystore", "tpm", "--tcti", "swtpm:host=127.0.0.1,port=2321", slots=[("meters", 1, BOUND, KME)])
        self.assert_in(self.authenticate())
        self.assertIn("TPM", me.ok("slots")[0]["key"])
        self.assert_nowhere(me, state)

    def test_kme_in_a_pkcs11_token(self):
        tokens = self.site.path("tokens")
        os.mkdir(tokens)
        env = {"SOFTHSM2_CONF": self.site.write("softhsm2.conf", f"directories.tokendir = {tokens}\nlog.level = ERROR\n")}
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "meter", "--pin", "2580", "--so-pin", "1470"],
                       env={**os.environ, **env}, check=True, capture_output=True)
        self.card()
        me = self.decryptor("--keystore", "pkcs11", "--module", "/usr/lib/softhsm/libsofthsm2.so", "--token", "meter", "--pin",
                            "@" + self.site.write("pin", "2580\n"), slots=[("meters", 1, BOUND, KME)], env=env)
        self.assert_in(self.authenticate())
        self.assertIn("token", me.ok("slots")[0]["key"])
        self.assert_nowhere(me, tokens)


if __name__ == "__main__":
    if "WifiTest" in sys.argv:  # the others show it as root
        namespace.be_nobody()
    namespace.enter()
    for program in ("wpa_supplicant", "hostapd", "eapol_test", "pcscd", "swtpm", "softhsm2-util"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            namespace.skip(program + " is not installed")
    support.main()
