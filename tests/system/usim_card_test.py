#!/usr/bin/env python3
"""simbiont-usim as Debian's PC/SC programs see it: opensc-tool walks its files, pcsc_scan knows it, a restart of pcscd or of the
card loses nothing."""
import json
import os
import re
import shutil
import subprocess

import eap_world
import namespace
import support
from eap_world import CARD_PORT, CARD_READER

IMSI = "001010000000001"
K, OPC = "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"
USIM = "00a4040407a0000000871002"
RAND = "23553cbe9637a89d218ae64dae47bf35"


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, **more)


def send(*apdus):
    """(SW1 SW2, data) of each command, through opensc-tool."""
    done = run("opensc-tool", "-r", CARD_READER, *[part for apdu in apdus for part in ("-s", apdu)])
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    answers = []
    for block in done.stdout.split("Sending: ")[1:]:
        word = re.search(r"SW1=0x(\w\w), SW2=0x(\w\w)", block)
        dump = "".join(re.findall(r"^((?:[0-9A-F]{2} )+)", block.split("Received", 1)[1], re.M))
        answers.append(((word[1] + word[2]).lower(), re.sub(r"\s", "", dump).lower()))
    return answers


class CardTest(support.unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = support.Site()
        cls.addClassCleanup(cls.site.close)
        cls.pcsc = eap_world.Pcsc(cls.site)

    def card(self, **more):
        card = eap_world.Card(self.pcsc, IMSI, K, OPC, **more)
        self.addCleanup(card.remove)
        return card

    def test_opensc_tool_walks_it(self):
        self.card()
        walk = {
            "EF.ICCID": ["00a40004022fe2", "00b000000a"], "EF.DIR": ["00a40004022f00", "00b2010426"],
            "EF.ARR by its SFI": ["00b2013418"], "EF.IMSI": [USIM, "00a40004026f07", "00b0000009"],
            "EF.AD": [USIM, "00b0830004"], "EF.LOCI by path": [USIM, "00a40804047fff6f7e", "00b000000b"],
            "EF.EPSNSC": [USIM, "00b201c450"], "EF.Keys": [USIM, "00b0880021"], "EF.GBABP": [USIM, "00a40004026fd6", "00b0000060"],
        }
        for name, apdus in walk.items():
            with self.subTest(name):
                answers = send(*apdus)
                self.assertEqual([word for word, _ in answers if word not in ("9000",)], [], answers)
        iccid = send(*walk["EF.ICCID"])[-1][1]
        self.assertEqual(json.loads(run(support.program("simbiont-usim"), "show", "--card", self.last_card()).stdout)["iccid"],
                         "".join(iccid[i + 1] + iccid[i] for i in range(0, len(iccid), 2)).rstrip("f"))
        self.assertEqual(send(*walk["EF.IMSI"])[-1][1], "080910100000000010")

    def last_card(self):
        cards = [name for name in os.listdir(self.site.directory) if re.fullmatch(r"card-\d+", name)]
        return max((self.site.path(name) for name in cards), key=os.path.getctime)

    def test_pcsc_scan_knows_a_usim(self):
        if shutil.which("ATR_analysis") is None:
            self.skipTest("pcsc-tools is not installed")
        self.card()
        atr = run("opensc-tool", "-r", CARD_READER, "-a").stdout.strip()
        scan = run("timeout", "3", "pcsc_scan", "-n")
        self.assertIn(atr.upper().replace(":", " "), scan.stdout)
        known = run("ATR_analysis", atr.replace(":", " "), env={**os.environ, "HOME": self.site.directory}).stdout
        self.assertNotIn("WRONG", known)
        self.assertIn("USIM", known)

    def test_what_a_terminal_writes_and_the_sqn_outlive_card_and_reader(self):
        card = self.card()
        self.assertEqual(send(USIM, "00d68b000b00112233445566778899aa")[-1][0], "9000")
        auts = send(USIM, "0088008122" + "10" + RAND + "10" + "00" * 16)
        self.assertEqual(auts[-1][0], "9862")
        card.remove()
        again = eap_world.Process(self.site, "card", [support.program("simbiont-usim"), "--card", card.path, "--vpcd",
                                                      f"127.0.0.1:{CARD_PORT}"])
        self.addCleanup(lambda: (again.stop(), support.eventually(lambda: not self.pcsc.has_card(CARD_READER), lambda: "gone")))
        support.eventually(lambda: self.pcsc.has_card(CARD_READER), lambda: "card: " + again.log())
        self.pcsc.restart()
        support.eventually(lambda: self.pcsc.has_card(CARD_READER), lambda: "card: " + again.log())
        self.assertEqual(send(USIM, "00b08b000b")[-1], ("9000", "00112233445566778899aa"))

    def test_one_card_is_in_one_reader(self):
        card = self.card()
        second = run(support.program("simbiont-usim"), "--card", card.path, "--vpcd", "127.0.0.1:35964")
        self.assertEqual(second.returncode, 1)
        self.assertIn("another process serves this card", second.stderr)


class CommandTest(support.unittest.TestCase):
    """What needs no reader."""

    def setUp(self):
        self.site = support.Site()
        self.addCleanup(self.site.close)
        self.path = self.site.path("card")

    def tool(self, *arguments, stdin=None):
        return run(support.program("simbiont-usim"), *arguments, "--card", self.path, input=stdin)

    def init(self, *more, k=K):
        return self.tool("init", "--imsi", IMSI, "--k", "-", *more, stdin=k)

    def test_a_card_is_made_once_and_readable_by_its_owner_only(self):
        opc = "@" + self.site.write("opc", OPC)
        self.assertEqual(self.init("--opc", opc).returncode, 0)
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)
        self.assertEqual(self.init("--opc", opc).returncode, 1)
        shown = self.tool("show")
        self.assertEqual(json.loads(shown.stdout)["algorithm"], "milenage")
        self.assertNotIn(K, shown.stdout)
        os.chmod(self.path, 0o640)
        self.assertEqual(self.tool("show").returncode, 1)

    def test_tuak_and_xor_cards_want_their_own_keys(self):
        self.assertEqual(self.init("--algorithm", "tuak", "--opc", "@" + self.site.write("opc", OPC)).returncode, 2)
        self.assertEqual(self.init("--algorithm", "xor", "--opc", "@" + self.site.write("opc", OPC)).returncode, 2)
        self.assertFalse(os.path.exists(self.path))
        top = "@" + self.site.write("top", OPC * 2)
        self.assertEqual(self.init("--algorithm", "tuak", "--op", top, k=K * 2).returncode, 0)
        os.unlink(self.path)
        self.assertEqual(self.init("--algorithm", "xor").returncode, 0)

    def test_keys_in_arguments_other_addresses_and_broken_cards_are_refused(self):
        done = self.tool("init", "--imsi", IMSI, "--k", K)
        self.assertEqual(done.returncode, 1)
        self.assertNotIn(K, done.stderr)
        self.assertEqual(self.init("--opc", "@" + self.site.write("opc", OPC)).returncode, 0)
        away = self.tool("--vpcd", "192.0.2.1:35963")
        self.assertEqual(away.returncode, 1)
        self.assertIn("192.0.2.1 is not of this machine alone", away.stderr)
        with open(self.path, encoding="ascii") as file:
            whole = file.read()
        for broken in (whole[:100], whole.replace(K, K[:10]), whole.replace('"pin"', '"pan"'), "{}", ""):
            with open(self.path, "w", encoding="ascii") as file:
                file.write(broken)
            done = self.tool("show")
            self.assertEqual(done.returncode, 1, broken)
            self.assertNotIn(K, done.stderr + done.stdout)


if __name__ == "__main__":
    namespace.enter()
    for program in ("pcscd", "opensc-tool"):
        if shutil.which(program) is None:
            namespace.skip(program + " is not installed")
    support.main()
