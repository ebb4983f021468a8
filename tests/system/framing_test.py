"""Broken framing closes its own connection and no other; every well-framed request is answered."""
import struct

import diameter
import support
from diameter import avp

IMSI = "001010000000001"


def with_length(octets, length):
    return octets[:1] + length.to_bytes(3, "big") + octets[4:]


class Framing(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.site.ok("subscriber", "add", IMSI, "--k", "00" * 15 + "01", "--opc", "00" * 15 + "02")
        self.hss = self.site.start()
        self.bystander = self.node("bystander")
        self.addCleanup(self.bystander.close)

    def node(self, name="mme", **options):
        return diameter.Node(self.hss.address, f"{name}.visited.example", **options)

    def assert_closed(self, node):
        self.assertTrue(node.closed.wait(support.DEADLINE_S), "the connection is still open")
        self.assertEqual(self.bystander.air(IMSI).result, 2001)
        self.assertIsNone(self.hss.process.poll(), self.hss.log())

    def test_length_that_cannot_be_closes_only_that_connection(self):
        whole = diameter.message(diameter.AIR, 0xC0, diameter.S6A, 1, 1, [avp(1, IMSI)])
        for length in (0, 16, 19, 21, 22, 65540, 0xFFFFFC, 0xFFFFFF):
            with self.subTest(length), self.node() as node:
                answer = node._answers[1] = diameter.queue.Queue()
                node.send(with_length(whole, length))
                self.assertEqual(answer.get(timeout=support.DEADLINE_S).result, 5015)
                self.assert_closed(node)

    def test_another_request_before_cer_closes(self):
        with self.node(cer=False) as node:
            node.start(diameter.AIR, node.air_avps(IMSI))
            self.assert_closed(node)

    def test_cer_without_common_application_is_answered_5010_and_closes(self):
        with self.node(cer=False) as node:
            avps = [avp(264, node.host), avp(296, node.realm), avp(257, b"\0\1\x7f\0\0\1"), avp(266, 0),
                    avp(269, "x", mandatory=False), avp(258, 4)]
            self.assertEqual(node.request(diameter.CER, avps, 0, diameter.REQUEST).result, 5010)
            self.assert_closed(node)

    def test_half_a_message_and_silence_disturb_nobody(self):
        with self.node() as node:
            node.send(diameter.message(diameter.AIR, 0xC0, diameter.S6A, 1, 1, node.air_avps(IMSI))[:30])
            self.assertEqual(self.bystander.air(IMSI).result, 2001)

    def test_octet_by_octet_is_a_message_all_the_same(self):
        with self.node() as node:
            hop = 77
            answer = node._answers[hop] = diameter.queue.Queue()
            for octet in diameter.message(diameter.AIR, 0xC0, diameter.S6A, hop, 1, node.air_avps(IMSI)):
                node.send(bytes([octet]))
            self.assertEqual(answer.get(timeout=support.DEADLINE_S).result, 2001)

    def test_many_requests_of_one_write_are_all_answered(self):
        with self.node() as node:
            hops = range(1000, 1100)
            waiting = [node._answers.setdefault(hop, diameter.queue.Queue()) for hop in hops]
            node.send(b"".join(diameter.message(diameter.AIR, 0xC0, diameter.S6A, hop, hop, node.air_avps(IMSI))
                               for hop in hops))
            self.assertEqual([queue.get(timeout=support.DEADLINE_S).result for queue in waiting], [2001] * len(hops))

    def test_every_well_framed_request_is_answered_and_the_connection_stays(self):
        with self.node() as node:
            routing = node.routing()
            session, rest = routing[0], routing[1:]
            user = avp(1, IMSI)
            wrong_length = struct.pack(">IB", 1, 0x40) + (7).to_bytes(3, "big")
            cases = [
                ("unknown command", 999, diameter.S6A, routing, 3001),
                ("unknown application", diameter.AIR, 4, routing + [user], 3007),
                ("no user name", diameter.AIR, diameter.S6A, routing, 5005),
                ("no session id", diameter.AIR, diameter.S6A, rest, 5005),
                ("nothing at all", diameter.AIR, diameter.S6A, [], 5005),
                ("AVP length below its header", diameter.AIR, diameter.S6A, [session, wrong_length], 5014),
                ("unknown AVP with the M bit", diameter.AIR, diameter.S6A, node.air_avps(IMSI) + [avp(60000, "x")], 5001),
                ("no vectors asked", diameter.AIR, diameter.S6A, node.air_avps(IMSI, 0), 5004),
                ("an AVP twice", diameter.AIR, diameter.S6A, node.air_avps(IMSI) + [user], 5009),
                ("reserved AVP bits", diameter.AIR, diameter.S6A, node.air_avps(IMSI) + [user[:4] + b"\x41" + user[5:]], 3009),
                ("another host's", diameter.AIR, diameter.S6A, [avp(293, "other.hss.example")] + node.air_avps(IMSI), 3002),
                ("unknown user", diameter.AIR, diameter.S6A, node.air_avps("001019999999999"), 5001),
                ("not an IMSI", diameter.AIR, diameter.S6A, node.air_avps("not-an-imsi"), 5001),
            ]
            for name, command, application, avps, expected in cases:
                with self.subTest(name):
                    answer = node.request(command, avps, application)
                    if name == "not an IMSI":
                        self.assertIn(answer.result, (5001, 5004))
                    else:
                        self.assertEqual(answer.result, expected)
                    self.assertEqual(bool(answer.flags & diameter.ERROR), 3000 <= answer.result < 4000)
                    self.assertEqual(answer.vectors, [])
                    if answer.result in (3009, 5005, 5009, 5014) or name in ("unknown AVP with the M bit", "no vectors asked"):
                        self.assertIsNotNone(answer.one(279), "no Failed-AVP")
            self.assertEqual(node.air(IMSI).result, 2001)

    def test_reserved_header_bits_are_answered_3008(self):
        with self.node() as node:
            for bits in (0x01, diameter.ERROR):
                answer = node.request(diameter.AIR, node.air_avps(IMSI), flags=diameter.REQUEST | diameter.PROXIABLE | bits)
                self.assertEqual((answer.result, bool(answer.flags & diameter.ERROR)), (3008, True))

    def test_unknown_version_is_answered_5011(self):
        with self.node() as node:
            answer = node._answers[5] = diameter.queue.Queue()
            node.send(b"\2" + diameter.message(diameter.AIR, 0xC0, diameter.S6A, 5, 5, node.air_avps(IMSI))[1:])
            self.assertEqual(answer.get(timeout=support.DEADLINE_S).result, 5011)

    def test_more_than_five_vectors_asked_are_five_and_their_rands_differ(self):
        with self.node() as node:
            vectors = node.air(IMSI, 32).vectors
            self.assertEqual(len(vectors), 5)
            self.assertEqual(len({rand for rand, *_ in vectors}), 5)


if __name__ == "__main__":
    support.main()
