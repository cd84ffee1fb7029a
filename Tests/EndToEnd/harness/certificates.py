"""Certificates that tests bring themselves."""

import subprocess


def self_signed(folder, name, alternative="DNS:localhost"):
    """A self-signed certificate and its key, as files in PEM."""
    chain, private = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative}", "-keyout", private, "-out", chain],
        check=True, capture_output=True)
    return chain, private


class Authority:
    """A certificate authority of a test, with openssl's own tools."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.chain, self.private = folder / f"{name}.ca.crt", folder / f"{name}.ca.key"
        _openssl("req", "-x509", *_NEW_KEY, "-days", "2", "-subj", f"/CN={name}",
                 "-addext", "keyUsage=critical,keyCertSign", "-keyout", self.private, "-out", self.chain)

    @property
    def pem(self):
        """Its certificate."""
        return self.chain.read_text()

    def issue(self, name, alternative=None, usage="clientAuth", subject=None, more=()):
        """A certificate and its key, as files in PEM; `more` are further lines of extensions."""
        chain, private = self.folder / f"{self.name}-{name}.crt", self.folder / f"{self.name}-{name}.key"
        request, extensions = self.folder / "request.pem", self.folder / "extensions.cnf"
        lines = [f"extendedKeyUsage={usage}", *more]
        if alternative:
            lines.append(f"subjectAltName={alternative}")
        extensions.write_text("\n".join(lines) + "\n")
        _openssl("req", "-new", *_NEW_KEY, "-subj", subject or f"/CN={name}", "-keyout", private, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.chain, "-CAkey", self.private, "-CAcreateserial",
                 "-days", "1", "-extfile", extensions, "-out", chain)
        return chain, private


_NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
