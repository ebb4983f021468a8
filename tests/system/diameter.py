"""A small Diameter node, written from RFC 6733 and TS 29.272 alone: the system tests' MME, sharing no code with the HSS."""
import itertools
import queue
import random
import socket
import struct
import threading

S6A = 16777251
S13 = 16777252
VENDOR = 10415
CER, DWR, DPR, ULR, CLR, AIR, IDR, DSR, PUR, RSR, NOR, ECR = 257, 280, 282, 316, 317, 318, 319, 320, 321, 322, 323, 324
REQUEST, PROXIABLE, ERROR = 0x80, 0x40, 0x20
PLMN = bytes.fromhex("00f110")
DEADLINE_S = 60  # for what must come at all


def avp(code, data, vendor=0, mandatory=True):
    if isinstance(data, int):
        data = struct.pack(">I", data)
    elif isinstance(data, str):
        data = data.encode()
    elif isinstance(data, list):
        data = b"".join(data)
    flags = (0x80 if vendor else 0) | (0x40 if mandatory else 0)
    head = struct.pack(">IB", code, flags) + (len(data) + (12 if vendor else 8)).to_bytes(3, "big")
    return head + (struct.pack(">I", vendor) if vendor else b"") + data + b"\0" * (-len(data) % 4)


def tgpp(code, data, mandatory=True):
    return avp(code, data, VENDOR, mandatory)


def message(command, flags, application, hop, end, avps):
    body = b"".join(avps)
    return (b"\1" + (20 + len(body)).to_bytes(3, "big") + bytes([flags]) + command.to_bytes(3, "big")
            + struct.pack(">III", application, hop, end) + body)


def parse_avps(octets):
    found = []
    while octets:
        code, flags, size = struct.unpack(">I", octets[:4])[0], octets[4], int.from_bytes(octets[5:8], "big")
        head = 12 if flags & 0x80 else 8
        if size < head or size > len(octets):
            raise ValueError("AVP length")
        found.append((code, octets[head:size]))
        octets = octets[size + -size % 4:]
    return found


class Message:
    def __init__(self, octets):
        self.octets = octets
        self.flags = octets[4]
        self.command = int.from_bytes(octets[5:8], "big")
        self.application, self.hop, self.end = struct.unpack(">III", octets[8:20])
        self.avps = parse_avps(octets[20:])

    def all(self, *path):
        level = self.avps
        for code in path[:-1]:
            level = [inner for outer, data in level if outer == code for inner in parse_avps(data)]
        return [data for code, data in level if code == path[-1]]

    def one(self, *path):
        found = self.all(*path)
        return found[0] if found else None

    @property
    def result(self):
        """Result-Code, or Experimental-Result-Code."""
        value = self.one(268) or self.one(297, 298)
        return int.from_bytes(value, "big") if value else None

    @property
    def vectors(self):
        """[(RAND, XRES, AUTN, KASME)] of an AIA."""
        vectors = []
        for data in self.all(1413, 1414):
            inner = dict(parse_avps(data))
            vectors.append(tuple(inner[code] for code in (1447, 1448, 1449, 1450)))
        return vectors


class Closed(Exception):
    pass


class Node:
    """One connection as `host`. CLR, DWR and DPR are answered and kept in .requests."""

    def __init__(self, address, host, realm="visited.example", cer=True, server_realm="hss.example", server_host=None):
        self.host, self.realm = host, realm
        self.server_realm, self.server_host = server_realm, server_host
        self.requests = queue.Queue()
        self.closed = threading.Event()
        self._answers = {}
        self._lock = threading.Lock()
        self._ids = itertools.count(random.getrandbits(30))
        self.socket = self.connect(address)
        self.socket.settimeout(None)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.cea = None
        if cer:
            self.cea = self.request(CER, self.capabilities(), application=0, flags=REQUEST)
            if self.cea.result != 2001:
                self.close()
                raise Closed(f"CEA {self.cea.result}")
            self.server_realm = self.cea.one(296).decode()

    def connect(self, address):
        connected = socket.create_connection(address, timeout=DEADLINE_S)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def capabilities(self):
        address = b"\0\1" + socket.inet_aton(self.socket.getsockname()[0])
        return [avp(264, self.host), avp(296, self.realm), avp(257, address), avp(266, VENDOR),
                avp(269, "simbiont-system-test", mandatory=False), avp(265, VENDOR),
                avp(260, [avp(266, VENDOR), avp(258, S6A)])]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def send(self, octets):
        with self._lock:
            self.socket.sendall(octets)

    def start(self, command, avps, application=S6A, flags=REQUEST | PROXIABLE):
        """Sends a request; the returned queue gets its answer."""
        hop = next(self._ids) & 0xffffffff
        answer = self._answers[hop] = queue.Queue()
        if self.closed.is_set():
            answer.put(None)
        self.send(message(command, flags, application, hop, hop, avps))
        return answer

    def request(self, command, avps, application=S6A, flags=REQUEST | PROXIABLE, timeout=DEADLINE_S):
        answer = self.start(command, avps, application, flags).get(timeout=timeout)
        if answer is None:
            raise Closed("connection closed")
        return answer

    def routing(self, server_host=None):
        target = server_host or self.server_host
        session = f"{self.host};{random.getrandbits(32)};{next(self._ids)}"
        return [avp(263, session), avp(260, [avp(266, VENDOR), avp(258, S6A)]), avp(277, 1), avp(264, self.host),
                avp(296, self.realm)] + ([avp(293, target)] if target else []) + [avp(283, self.server_realm)]

    def air_avps(self, imsi, vectors=1, resync=None):
        asked = [tgpp(1410, vectors), tgpp(1412, 0)] + ([tgpp(1411, resync)] if resync else [])
        return self.routing() + [avp(1, imsi), tgpp(1408, asked), tgpp(1407, PLMN)]

    def air(self, imsi, vectors=1, resync=None):
        return self.request(AIR, self.air_avps(imsi, vectors, resync))

    def ulr_avps(self, imsi, imei=None, flags=2 | 32):
        terminal = [tgpp(1401, [tgpp(1402, imei), tgpp(1403, "00")])] if imei else []
        return self.routing() + [avp(1, imsi), tgpp(1032, 1004, False), tgpp(1405, flags)] + terminal + [tgpp(1407, PLMN)]

    def ulr(self, imsi, imei=None, flags=2 | 32, features=None):
        lists = [tgpp(628, [avp(266, VENDOR), tgpp(629, i, False), tgpp(630, bits, False)], False) for i, bits in (features or {}).items()]
        return self.request(ULR, self.ulr_avps(imsi, imei, flags) + lists)

    def nor(self, imsi, imei):
        return self.request(NOR, self.routing() + [avp(1, imsi), tgpp(1401, [tgpp(1402, imei)])])

    def pur(self, imsi):
        return self.request(PUR, self.routing() + [avp(1, imsi)])

    def ecr(self, imei):
        routing = [avp(260, [avp(266, VENDOR), avp(258, S13)]) if a[:4] == (260).to_bytes(4, "big") else a for a in self.routing()]
        return self.request(ECR, routing + [tgpp(1401, [tgpp(1402, imei)])], S13)

    def wait_for(self, command, timeout=DEADLINE_S):
        """The next request of this command that the other side sends (already answered)."""
        while True:
            seen = self.requests.get(timeout=timeout)
            if seen.command == command:
                return seen

    def _answer(self, request):
        avps = [avp(263, s) for s in request.all(263)] + [avp(268, 2001)]
        if request.application:
            avps.append(avp(277, 1))
        avps += [avp(264, self.host), avp(296, self.realm)] + [avp(284, p) for p in request.all(284)]
        self.send(message(request.command, request.flags & PROXIABLE, request.application, request.hop, request.end, avps))

    def _read(self):
        pending = b""
        try:
            while True:
                chunk = self.socket.recv(65536)
                if not chunk:
                    break
                pending += chunk
                while len(pending) >= 4 and len(pending) >= int.from_bytes(pending[1:4], "big"):
                    size = int.from_bytes(pending[1:4], "big")
                    self._take(Message(pending[:size]))
                    pending = pending[size:]
        except OSError:
            pass
        self.closed.set()
        for waiting in list(self._answers.values()):
            waiting.put(None)

    def _take(self, received):
        if received.flags & REQUEST:
            self._answer(received)
            self.requests.put(received)
        else:
            waiting = self._answers.pop(received.hop, None)
            if waiting:
                waiting.put(received)
