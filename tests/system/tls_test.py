"""TLS from outside: which certificates reach the HSS, by a client that is not ours, and by simbiont-lab."""
import hashlib
import os
import select
import socket
import ssl
import threading

import certificates
import diameter
import lab_tools
import support

HSS, MME = "hss.example", "mme1.visited.example"
UNKNOWN = "001010000000077"


class Guarded:
    """A TLS socket that one thread reads while another writes: OpenSSL wants them one after the other."""

    def __init__(self, tls):
        self._tls, self._lock = tls, threading.Lock()
        tls.setblocking(False)

    def settimeout(self, _):
        pass

    def getsockname(self):
        return self._tls.getsockname()

    def recv(self, size):
        while True:
            with self._lock:
                try:
                    return self._tls.recv(size)
                except ssl.SSLWantReadError:
                    pass
            select.select([self._tls], [], [], 1)

    def sendall(self, octets):
        while octets:
            with self._lock:
                try:
                    octets = octets[self._tls.send(octets):]
                    continue
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
            select.select([], [self._tls], [], 1)

    def shutdown(self, how):
        socket.socket.shutdown(self._tls, how)

    def close(self):
        with self._lock:
            self._tls.close()


class TlsNode(diameter.Node):
    """A Node that speaks TLS from the first octet."""

    def __init__(self, address, host, context, **options):
        self.context = context
        super().__init__(address, host, **options)

    def connect(self, address):
        return Guarded(self.context.wrap_socket(super().connect(address)))


class Tls(support.SiteTest):
    def setUp(self):
        super().setUp()
        self.ca = certificates.Authority(self.site, "ca")
        self.other_ca = certificates.Authority(self.site, "other-ca")
        self.pair = self.ca.sign(HSS)
        self.mme = self.ca.sign(MME)

    def config(self, more="", key=None):
        return (f'[diameter]\norigin_host = "{HSS}"\norigin_realm = "example"\ncer_timeout_s = 5\n[tls]\n'
                f'certificate = "{self.pair[0]}"\nkey = "{key or self.pair[1]}"\nca = "{self.ca.certificate}"\n{more}')

    def start(self, more=""):
        return self.site.start(config=self.config(more), host="tls://127.0.0.1")

    def assertAdmitted(self, hss, context, host=MME):
        with TlsNode((hss.address[0].removeprefix("tls://"), hss.address[1]), host, context) as node:
            self.assertEqual(node.air(UNKNOWN).result, 5001)

    def assertNotAdmitted(self, hss, context, host=MME):
        with self.assertRaises((diameter.Closed, OSError)):
            with TlsNode((hss.address[0].removeprefix("tls://"), hss.address[1]), host, context):
                pass

    def test_only_a_valid_certificate_of_the_right_authority_with_the_origin_host_gets_in(self):
        hss = self.start()
        self.assertAdmitted(hss, self.ca.client(self.mme))
        for what, signed in (("none", None), ("expired", self.ca.sign(MME, days=-1)),
                             ("another authority's", self.other_ca.sign(MME)),
                             ("another's name", self.ca.sign("mme2.visited.example")),
                             ("the name only as CN", self.ca.sign("mme3.visited.example", common_name=MME))):
            with self.subTest(certificate=what):
                self.assertNotAdmitted(hss, self.ca.client(signed))
        self.assertAdmitted(hss, self.ca.client(self.mme))  # and it goes on
        self.assertIn("certificate names another host", hss.log())
        self.assertIn("certificate has expired", hss.log())

    def test_the_hss_shows_its_own_certificate(self):
        hss = self.start()
        with self.assertRaises(ssl.SSLCertVerificationError):
            TlsNode(("127.0.0.1", hss.address[1]), MME, self.other_ca.client(self.mme))

    def test_old_versions_and_weak_suites_are_refused(self):
        hss = self.start()
        for change in (lambda c: setattr(c, "maximum_version", ssl.TLSVersion.TLSv1_1),
                       lambda c: (setattr(c, "maximum_version", ssl.TLSVersion.TLSv1_2), c.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA"))):
            context = self.ca.client(self.mme)
            change(context)
            self.assertNotAdmitted(hss, context)
        newest = self.ca.client(self.mme)
        newest.minimum_version = ssl.TLSVersion.TLSv1_3
        self.assertAdmitted(hss, newest)
        older = self.ca.client(self.mme)
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertAdmitted(hss, older)

    def test_plain_tcp_on_the_tls_port_and_silence_end(self):
        hss = self.start()
        with self.assertRaises((diameter.Closed, OSError)):
            diameter.Node(("127.0.0.1", hss.address[1]), MME)
        with socket.create_connection(("127.0.0.1", hss.address[1])) as silent:
            silent.settimeout(support.DEADLINE_S)
            self.assertEqual(silent.recv(1), b"")  # no handshake: cer_timeout_s ended it

    def test_a_peer_whose_table_names_a_certificate_needs_that_one(self):
        pool = self.ca.sign("pool.example")
        with open(self.mme[0], encoding="ascii") as f:
            digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(f.read())).hexdigest()
        hss = self.start(f'[[peers]]\norigin_host = "{MME}"\ncertificate = "pool.example"\n'
                         f'[[peers]]\norigin_host = "mme2.visited.example"\ncertificate = "sha256:{digest}"\n')
        self.assertAdmitted(hss, self.ca.client(pool))
        self.assertNotAdmitted(hss, self.ca.client(self.mme))
        self.assertAdmitted(hss, self.ca.client(self.mme), "mme2.visited.example")
        self.assertNotAdmitted(hss, self.ca.client(pool), "mme2.visited.example")

    def test_the_lab_attaches_over_tls_and_judges_the_hss(self):
        sim = lab_tools.BoundSim(self.site, support.seeded())
        hss = self.start()
        address = ("127.0.0.1", hss.address[1])
        own = ["--tls-cert", self.mme[0], "--tls-key", self.mme[1], "--tls-ca"]
        status, report = sim.attach(address, MME, *own, self.ca.certificate, server_realm="example")
        self.assertEqual((status, report["outcome"]), (0, "attached"), report)
        for wrong in ([*own, self.other_ca.certificate], []):
            with self.assertRaises(AssertionError):
                sim.attach(address, MME, *wrong, server_realm="example")
        with self.assertRaisesRegex(AssertionError, "all"):
            sim.attach(address, MME, *own[:4], server_realm="example")

    def test_the_lab_refuses_an_hss_whose_certificate_names_another(self):
        sim = lab_tools.BoundSim(self.site, support.seeded())
        self.pair = self.ca.sign("other.example")
        hss = self.start()
        with self.assertRaises(AssertionError):
            sim.attach(("127.0.0.1", hss.address[1]), MME, "--tls-cert", self.mme[0], "--tls-key", self.mme[1],
                       "--tls-ca", self.ca.certificate, server_realm="example")

    def test_a_key_that_others_may_read_and_files_that_are_none_stop_the_start(self):
        os.chmod(self.pair[1], 0o640)
        hss = self.site.launch(config=self.config(), host="tls://127.0.0.1")
        self.assertEqual(hss.wait_exit(), 1)
        self.assertIn("chmod 600", hss.log())
        os.chmod(self.pair[1], 0o600)
        hss = self.site.launch(config=self.config(key=self.mme[1]), host="tls://127.0.0.1")
        self.assertEqual(hss.wait_exit(), 1)
        self.assertIn("tls.key", hss.log())

    def test_tcp_and_tls_are_listened_on_together(self):
        hss = self.site.start(config=self.config(), host="127.0.0.1:0,tls://127.0.0.1")
        ports = [line.rsplit(":", 1)[1].strip() for line in hss.log().splitlines() if "event=listening" in line]
        self.assertEqual(len(ports), 2)
        with diameter.Node(("127.0.0.1", int(ports[0])), MME) as plain:
            self.assertEqual(plain.air(UNKNOWN).result, 5001)
        with TlsNode(("127.0.0.1", int(ports[1])), MME, self.ca.client(self.mme)) as safe:
            self.assertEqual(safe.air(UNKNOWN).result, 5001)

    def test_many_messages_at_once_pass_in_order_of_their_octets(self):
        hss = self.start()
        with TlsNode(("127.0.0.1", hss.address[1]), MME, self.ca.client(self.mme)) as node:
            waiting = [node.start(diameter.AIR, node.air_avps(UNKNOWN)) for _ in range(300)]
            self.assertEqual({answer.get(timeout=support.DEADLINE_S).result for answer in waiting}, {5001})


if __name__ == "__main__":
    support.main()
