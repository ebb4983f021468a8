"""hostapd's external AuC interface for an HSS that is asked over S6a: a quintet for each AKA-REQ-AUTH."""
import os
import socket
import threading

import diameter
from diameter import AIR, avp, tgpp

RAND, XRES, AUTN, CK, IK = 1447, 1448, 1449, 625, 626


class AucBridge:
    def __init__(self, path, hss_address):
        self.path, self.node, self.auts = path, diameter.Node(hss_address, "aaa.visited.example"), {}
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            datagram, client = self.socket.recvfrom(4096)
            command, imsi, *rest = datagram.decode().split()
            if command == "AKA-AUTS":  # AUTS RAND; the next request resynchronises
                self.auts[imsi] = bytes.fromhex(rest[1] + rest[0])
            elif command == "AKA-REQ-AUTH":
                self.socket.sendto(f"AKA-RESP-AUTH {imsi} {self.quintet(imsi)}".encode(), client)
            else:
                self.socket.sendto(f"SIM-RESP-AUTH {imsi} FAILURE".encode(), client)

    def quintet(self, imsi):
        auts = self.auts.pop(imsi, None)
        asked = [tgpp(1410, 1), tgpp(1412, 0)] + ([tgpp(1411, auts)] if auts else [])
        answer = self.node.request(AIR, self.node.routing() + [avp(1, imsi), tgpp(1409, asked), tgpp(1407, diameter.PLMN)])
        if answer.result != 2001:
            return "FAILURE"
        vector = dict(diameter.parse_avps(answer.all(1413, 1415)[0]))
        return " ".join(vector[code].hex() for code in (RAND, AUTN, IK, CK, XRES))

    def close(self):
        self.node.close()
        os.unlink(self.path)
