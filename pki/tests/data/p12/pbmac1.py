import hashlib, hmac, os, sys
def tlv(t, *parts):
    b = b"".join(parts); n = len(b)
    l = bytes([n]) if n < 128 else (lambda x: bytes([128 + len(x)]) + x)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([t]) + l + b
def read(b):
    n, at = b[1], 2
    if n > 127: at += n - 128; n = int.from_bytes(b[2:at], "big")
    return b[at:at + n], b[at + n:], b[:at + n]
def oid(text):
    a = list(map(int, text.split("."))); out = b""
    for n in [a[0] * 40 + a[1]] + a[2:]:
        s = bytes([n & 127])
        while n > 127: n >>= 7; s = bytes([128 | n & 127]) + s
        out += s
    return tlv(6, out)
pfx, _, _ = read(open("openssl.p12", "rb").read())
_, rest, version = read(pfx); _, _, auth_safe = read(rest)
content = read(read(read(read(auth_safe)[0])[1])[0])[0]
salt = os.urandom(16); null = tlv(5); integer = lambda n: tlv(2, n.to_bytes(3, "big").lstrip(b"\0"))
key = hashlib.pbkdf2_hmac("sha256", b"pw", salt, 2048, 32)
prf = tlv(0x30, oid("1.2.840.113549.2.9"), null)
kdf = tlv(0x30, oid("1.2.840.113549.1.5.12"), tlv(0x30, tlv(4, salt), integer(2048), integer(32), prf))
alg = tlv(0x30, oid("1.2.840.113549.1.5.14"), tlv(0x30, kdf, tlv(0x30, oid("1.2.840.113549.2.10"), null)))
mac = tlv(0x30, tlv(0x30, alg, tlv(4, hmac.digest(key, content, "sha384"))), tlv(4, b"NOT USED"))
open("pbmac1.p12", "wb").write(tlv(0x30, version, auth_safe, mac))
