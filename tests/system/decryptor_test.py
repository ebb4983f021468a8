#!/usr/bin/env python3
"""simbiont-me between a card and unmodified PC/SC programs: pcscd and vpcd are Debian's."""
import os
import re
import signal
import stat
import subprocess
import sys
import time

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


def median_us(reader):
    """Of an AUTHENTICATE, the quietest of some rounds: this machine has other things to do."""
    commands = ["00a4040407a0000000871002", "0088008122" + "10" + "11" * 16 + "10" + "22" * 16]
    rounds = [subprocess.run([support.program("bench_apdu"), reader, "50", *commands], capture_output=True, text=True, check=True)
              for _ in range(5)]
    return min(int(done.stdout.split()[0]) for done in rounds)


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

    def test_a_reader_may_be_unplugged_and_come_back(self):
        self.decryptor()
        nothing = self.site.path("no-readers")
        os.makedirs(nothing, exist_ok=True)
        self.pcsc.restart("-c", nothing)
        support.eventually(lambda: "no reader" in self.me.ok("status")["problem"], lambda: str(self.me.ok("status")))
        self.assertEqual((self.me.ok("status")["card"], self.me.ok("status")["offered"]), (False, False))
        self.pcsc.restart()
        self.me.wait_offered(self.pcsc)
        self.assertIn("SW1=0x90", send(DECRYPTOR_READER, "00a40004023f00"))

    def test_of_two_on_one_reader_the_second_waits_and_takes_over(self):
        self.decryptor()
        second = eap_world.Decryptor(self.site, IMEI, store=self._testMethodName + "-2")
        self.addCleanup(second.stop)
        support.eventually(lambda: "Sharing violation" in second.ok("status")["problem"], lambda: str(second.ok("status")))
        self.assertIn("SW1=0x90", send(DECRYPTOR_READER, "00a40004023f00"), "the first is unharmed")
        refused = subprocess.run([support.program("simbiont-me"), "--imei", IMEI, "--store", self.site.path("third"), "--socket",
                                  self.me.store + ".sock"], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another process listens", refused.stderr)
        self.assertEqual(self.me.ok("status")["card"], True, "its control socket too")
        self.me.stop()
        second.wait_offered(self.pcsc)

    def test_a_card_that_hangs_does_not_hold_the_end_up(self):
        self.decryptor()
        self.card.process.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(0.6)  # by then the decryptor has asked for the card and waits
            start = time.monotonic()
            self.assertEqual(self.me.process.stop(), 0)
            self.assertLess(time.monotonic() - start, 8)
            self.assertIn("holds the end up", self.me.process.log())
        finally:
            self.card.process.process.send_signal(signal.SIGCONT)

    def test_a_strangers_process_in_vpcds_place_is_not_given_the_card(self):
        if os.geteuid() != 0 or not self.other_user():
            self.skipTest("needs two users")
        place = ("import socket; s=socket.create_server(('127.0.0.1', 4000)); print('there', flush=True)\n"
                 "while True:\n c=s.accept()[0]; c.sendall(bytes([0, 1, 4])); print('heard', c.recv(9), flush=True)")
        stranger = eap_world.Process(self.site, "stranger", [*self.other_user(), sys.executable, "-c", place])
        self.addCleanup(stranger.stop)
        self.assertTrue(stranger.wait_for("there"), stranger.log())
        self.me = eap_world.Decryptor(self.site, IMEI, "--vpcd", "127.0.0.1:4000", store=self._testMethodName)
        self.addCleanup(self.me.stop)
        support.eventually(lambda: "a process of user 65534" in self.me.ok("status")["problem"], lambda: str(self.me.ok("status")))
        self.assertFalse(self.me.ok("status")["offered"])
        self.assertNotIn("3b", stranger.log(), "not even the ATR")

    @staticmethod
    def other_user():
        command = ["setpriv", "--reuid", "65534", "--clear-groups"]
        return command if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0 else None

    def test_a_full_disk_refuses_changes_and_loses_nothing(self):
        disk = self.site.path("disk")
        os.mkdir(disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        self.me = eap_world.Decryptor(self.site, IMEI, store="disk/me.state")
        self.addCleanup(self.me.stop)
        self.me.add_slot("meters", 1, IMSI, KME)
        with open(os.path.join(disk, "rubbish"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        refused = self.me.command("add-slot", "meters", "2", IMSI, "--key", "-", stdin=KME[::-1])
        self.assertEqual(refused.returncode, 1)
        self.assertIn("No space left", refused.stderr)
        self.assertEqual(self.me.states(), [("meters", 1, "current")])
        os.unlink(os.path.join(disk, "rubbish"))
        self.me.add_slot("meters", 2, IMSI, KME[::-1])
        self.assertEqual(self.me.stop(), 0)
        self.me = eap_world.Decryptor(self.site, IMEI, store="disk/me.state")
        self.addCleanup(self.me.stop)
        self.assertEqual(self.me.states(), [("meters", 1, "current"), ("meters", 2, "pending")])

    def test_it_adds_less_than_a_millisecond_to_an_apdu(self):
        bare = median_us(CARD_READER)
        self.decryptor()
        self.me.add_slot("meters", 1, IMSI, KME)
        added = median_us(DECRYPTOR_READER) - bare
        print(f"added to an AUTHENTICATE: {added} us", flush=True)
        self.assertLess(added, 1000)

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
