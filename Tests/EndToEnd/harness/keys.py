"""Access keys as the gateway expects them, made here so that only the tests of `sallyport keys` depend on that command."""

import hashlib
import secrets
import zlib

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#: Every key of this run: none may be found in what the gateway prints or keeps.
ISSUED = set()


def new_key():
    """`sp_`, 43 digits of base 62, and 6 that are the CRC-32 of what stands before them."""
    return well_formed(secrets.randbits(256))


def well_formed(number):
    """The key text of a number."""
    text = "sp_" + _base62(number, 43)
    text += _base62(zlib.crc32(text.encode()), 6)
    ISSUED.add(text)
    return text


def sha256(key):
    """What an AccessKey object keeps of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def _base62(number, digits):
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return text
