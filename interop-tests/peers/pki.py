"""Certificates, keys and requests through cryptography: pki.py LIST, answered as in pki.go."""

import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.verification import PolicyBuilder, Store


def read(file):
    with open(file, "rb") as content:
        return content.read()


def certificates(file):
    text = read(file)
    return x509.load_pem_x509_certificates(text) if text else []


def path(purpose, root, between, file, name, crls):
    [leaf], [root], between = certificates(file), certificates(root), certificates(between)
    builder = PolicyBuilder().store(Store([root]))
    if purpose == "server":
        chain = builder.build_server_verifier(x509.DNSName(name)).verify(leaf, between)
    elif purpose == "client":
        chain = builder.build_client_verifier().verify(leaf, between).chain
    else:
        # It verifies TLS peers only: of the others it is asked whether each signature fits.
        chain = [leaf, *between, root]
        for subject, issuer in zip(chain, [*chain[1:], root]):
            subject.verify_directly_issued_by(issuer)
    if crls == "-":
        return
    # The verifier knows no CRLs, so its path is held against them here.
    ends = read(crls).split(b"-----END X509 CRL-----\n")[:-1]
    lists = [x509.load_pem_x509_crl(text + b"-----END X509 CRL-----\n") for text in ends]
    for certificate, issuer, crl in zip(chain, chain[1:], lists):
        if not crl.is_signature_valid(issuer.public_key()):
            raise ValueError("the signature of the CRL")
        if crl.get_revoked_certificate_by_serial_number(certificate.serial_number):
            raise ValueError("revoked")


def p12(file, leaf, key):
    opened = load_pkcs12(read(file), b"changeit")
    pem = opened.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if pem.split() != read(key).split() or opened.cert.certificate.public_bytes(Encoding.PEM) != read(leaf):
        raise ValueError("opened, and something else is in it")


def answer(purpose, root, between, file, name, crls, key):
    if purpose == "key":
        load_pem_private_key(read(file), None)
    elif purpose == "csr":
        if not x509.load_pem_x509_csr(read(file)).is_signature_valid:
            raise ValueError("the signature")
    elif purpose == "crl":
        [issuer] = certificates(between)
        if not x509.load_pem_x509_crl(read(file)).is_signature_valid(issuer.public_key()):
            raise ValueError("the signature")
    elif purpose == "p12":
        p12(file, root, key)
    else:
        path(purpose, root, between, file, name, crls)


with open(sys.argv[1]) as lines:
    for line in lines:
        try:
            answer(*line.rstrip("\n").split("\t"))
            print("ok")
        except Exception as error:
            print("no", type(error).__name__, " ".join(str(error).split()))
