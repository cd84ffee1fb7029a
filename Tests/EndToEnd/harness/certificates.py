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
