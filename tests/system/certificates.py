"""Certificates made for one test, by openssl: an authority, and names that it signs."""
import os
import ssl
import subprocess


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    def __init__(self, site, name):
        self.site, self.certificate, self._key = site, site.path(f"{name}.pem"), site.path(f"{name}.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate)

    def sign(self, host, common_name=None, days=2):
        """(certificate, key) of a host: the SAN has its name. days below 0: expired."""
        stem = self.site.path(f"{host}-{os.path.basename(self.certificate)}{days}")
        request, extensions = stem + ".csr", stem + ".ext"
        with open(extensions, "w", encoding="ascii") as f:
            f.write(f"subjectAltName=DNS:{host}\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={common_name or host}", "-keyout", stem + ".key", "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
                "-days", str(days), "-extfile", extensions, "-out", stem + ".pem")
        os.chmod(stem + ".key", 0o600)
        return stem + ".pem", stem + ".key"

    def client(self, signed=None):
        """What a client uses that trusts this authority; signed: (certificate, key), or none to show."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # Diameter names hosts in the CER, not by where they are
        context.load_verify_locations(self.certificate)
        if signed:
            context.load_cert_chain(*signed)
        return context
