#!/usr/bin/env python3
"""simbiont-me between a card and unmodified PC/SC programs: pcscd and vpcd are Debian's."""
import os
import re
import stat
import subprocess

import eap_world
import namespace
import support
from eap_world import CARD_READER, DECRYPTOR_READER

IMSI, IMEI = "001010000000001", "350000000000014"
K, OPC, KME = "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf", "00112233445566778899aabbccddeeff"
WALK = ["00a40004023f00", "00a40004022f00", "00b2010400", "00a4040407a0000000871002", "00a40004026f07", "00b0000009", "00a40004026fad",
        "00b0000004", "00a40004026fff", "00b000000a", "80f2000000", "0088008402ffff"]


def send(reader, *apdus):
    """What a PC/SC program of Debian's sees: the answers, one line each."""
    arguments = [part for apdu in apdus for part in ("-s", apdu)]
    done = subprocess.run(["opensc-tool", "-r", reader, *arguments], capture_output=True, text=True, timeout=30, check=False)
    return re.sub(r"\s+", " ", done.stdout).strip() if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"


class DecryptorTest(support.unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = support.Site()
        cls.addClassCleanup(cls.site.close)
        cls.pcsc = eap_world.Pcsc(cls.site)
        cls.card = eap_world.Card(cls.pcsc, IMSI, K, OPC)

    def setUp(self):
        self.me = None

    def decryptor(self, *options):
        self.me = eap_world.Decryptor(self.site, IMEI, *options, store=self._testMethodName)
        self.addCleanup(self.me.stop)
        return self.me.wait_offered(self.pcsc)

    def test_a_host_sees_the_card_as_it_is(self):
        bare = send(CARD_READER, *WALK)
        self.assertIn("08 09 10 10", bare)
        self.decryptor()
        self.assertEqual(send(DECRYPTOR_READER, *WALK), bare)
        atr = [subprocess.run(["opensc-tool", "-r", reader, "-a"], capture_output=True, text=True, check=False).stdout
               for reader in (DECRYPTOR_READER,)]
        self.me.stop()
        support.eventually(lambda: self.pcsc.is_empty(DECRYPTOR_READER), "the virtual card leaves")
        self.assertEqual(atr[0], subprocess.run(["opensc-tool", "-r", CARD_READER, "-a"], capture_output=True, text=True,
                                                check=False).stdout)

    def test_nobody_else_gets_at_the_card_meanwhile(self):
        self.decryptor()
        self.assertIn("exit", send(CARD_READER, "00a40004023f00"))

    def test_an_imsi_without_a_slot_is_answered_9862_and_the_card_is_not_asked(self):
        self.decryptor()
        challenge, before = "0088008122" + "10" + "11" * 16 + "10" + "22" * 16, self.card.process.log()
        self.assertIn("SW1=0x98, SW2=0x62", send(DECRYPTOR_READER, "00a4040407a0000000871002", challenge))
        self.assertEqual(self.card.process.log(), before)
        self.me.add_slot("meters", 1, IMSI, KME)
        self.assertIn("SW1=0x98, SW2=0x62", send(DECRYPTOR_READER, "00a4040407a0000000871002", challenge))
        self.assertIn("AUTHENTICATE", self.card.process.log()[len(before):])
        self.assertEqual(self.me.ok("status")["mac_failures"], 1)

    def test_card_reader_and_pcscd_may_come_and_go(self):
        self.decryptor()
        self.assertEqual(self.me.ok("status")["imsi"], IMSI)
        for imsi in ("001010000000002", IMSI):
            self.card.remove()
            support.eventually(lambda: self.pcsc.is_empty(DECRYPTOR_READER), "the virtual card goes with the real one")
            support.eventually(lambda: self.me.ok("status")["imsi"] == "", self.me.process.log)
            type(self).card = eap_world.Card(self.pcsc, imsi, K, OPC)
            self.me.wait_offered(self.pcsc)
            self.assertEqual(self.me.ok("status")["imsi"], imsi)
        self.pcsc.restart()
        self.me.wait_offered(self.pcsc)
        self.assertIn("SW1=0x90", send(DECRYPTOR_READER, "00a40004023f00"))

    def test_slots_outlive_the_process_and_no_key_is_told(self):
        self.decryptor()
        self.me.add_slot("meters", 1, IMSI, KME)
        self.me.add_slot("meters", 2, IMSI, KME[::-1])
        self.assertEqual(self.me.process.process.poll(), None)
        mode = os.stat(self.me.store + ".sock").st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        second = subprocess.run([support.program("simbiont-me"), "--reader", CARD_READER, "--imei", IMEI, "--store", self.me.store],
                                capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(second.returncode, 1, "a second process has no place at the same store")
        self.assertEqual(self.me.stop(), 0, "SIGTERM")
        self.assertFalse(os.path.exists(self.me.store + ".sock"))
        self.decryptor()
        self.assertEqual(self.me.states(), [("meters", 1, "current"), ("meters", 2, "pending")])
        shown = self.me.process.log() + str(self.me.ok("slots")) + str(self.me.ok("status"))
        with open(self.me.store, "rb") as f:
            self.assertNotIn(bytes.fromhex(KME), f.read())
        self.assertNotIn(KME, shown)

    def test_confirm_gives_the_proof_of_an_epoch_it_holds(self):
        self.decryptor()
        self.me.add_slot("meters", 1, IMSI, KME)
        proof = self.me.ok("confirm", "meters", "1", "00" * 16)["proof"]
        self.assertRegex(proof, "^[0-9a-f]{32}$")
        self.assertEqual(self.me.command("confirm", "meters", "2", "00" * 16).returncode, 1)

    def test_keys_come_by_file_or_standard_input_only(self):
        self.decryptor()
        refused = self.me.command("add-slot", "meters", "1", IMSI, "--key", KME)
        self.assertEqual(refused.returncode, 1)
        self.assertNotIn(KME, refused.stderr)
        self.me.ok("add-slot", "meters", "1", IMSI, "--key", "@" + self.site.write("kme.hex", KME + "\n"))

    def test_only_loopback_will_do_and_the_message_says_how(self):
        for address in ("0.0.0.0:35964", "10.99.0.1:35964"):
            done = subprocess.run([support.program("simbiont-me"), "--imei", IMEI, "--vpcd", address, "--store",
                                   self.site.path("unused")], capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("IPAddressDeny=any", done.stderr)
        self.assertFalse(os.path.exists(self.site.path("unused")))


if __name__ == "__main__":
    namespace.enter()
    support.main()
