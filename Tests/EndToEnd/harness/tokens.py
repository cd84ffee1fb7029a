"""Issuers of tokens: keys, key sets and signed tokens, good ones and forged ones."""

import base64
import json
import time

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER = "https://login.example.com/realms/staff"
_MAKERS = {
    "RS": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "PS": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()), "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()), "Ed": ed25519.Ed25519PrivateKey.generate,
}


class SigningKey:
    """A key of an issuer."""

    def __init__(self, kid, algorithm="RS256"):
        self.kid, self.algorithm = kid, algorithm
        self.private = next(make for start, make in _MAKERS.items() if algorithm.startswith(start))()

    @property
    def public_pem(self):
        """The public key as text, which everybody has."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def jwk(self, **more):
        """What a key set says of it."""
        maker = jwt.get_algorithm_by_name(self.algorithm)
        found = json.loads(maker.to_jwk(self.private.public_key()))
        found.pop("key_ops", None)
        return found | {"kid": self.kid, "use": "sig"} | more

    def sign(self, claims=None, header=None, **more):
        """A token; `more` are claims that differ from those of `claims_for`."""
        claims = claims_for(**more) if claims is None else claims
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.kid} | (header or {}))


def claims_for(**more):
    """Good claims, with what differs; `None` takes one out."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "sallyport", "sub": "alice", "iat": now, "exp": now + 600} | more
    return {name: value for name, value in claims.items() if value is not None}


def key_set(*keys, **more):
    """The text of a JWKS."""
    return json.dumps({"keys": [key.jwk() if isinstance(key, SigningKey) else key for key in keys]} | more)


def b64(value):
    """base64url without padding, of bytes or of JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def put_together(header, claims, signature=b""):
    """Three parts, whatever is in them."""
    return f"{b64(header)}.{b64(claims)}.{b64(signature)}"


def call(gateway, token, host="token.test", headers=None):
    """One request with that token."""
    sent = headers if headers is not None else {"authorization": f"Bearer {token}"}
    return httpx.get(gateway.url + "/v1/models", headers={"host": host} | sent, timeout=20)


def reason(gateway, answer):
    """Why, as the record says."""
    [record] = gateway.wait_for_records(1, lambda record: record["id"] == answer.headers["x-request-id"])
    return record["reason"]
