//! DER, as far as certificates need it.

pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap());
    } else {
        let octets = length.to_be_bytes();
        let octets: Vec<_> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
        out.push(0x80 | u8::try_from(octets.len()).unwrap());
        out.extend(octets);
    }
    out.extend_from_slice(content);
    out
}

pub(crate) fn constructed(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    constructed(0x30, parts)
}

pub(crate) fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    constructed(0x31, parts)
}

/// The content octets as they are given.
pub(crate) fn integer(octets: &[u8]) -> Vec<u8> {
    tlv(0x02, octets)
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    tlv(0x01, &[if value { 0xff } else { 0 }])
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    tlv(0x04, content)
}

pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content].concat())
}

/// `[tag] IMPLICIT` of something primitive.
pub(crate) fn context(tag: u8, content: &[u8]) -> Vec<u8> {
    tlv(0x80 | tag, content)
}

pub(crate) fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0c, text.as_bytes())
}

pub(crate) fn utc_time(text: &str) -> Vec<u8> {
    tlv(0x17, text.as_bytes())
}

pub(crate) fn generalized_time(text: &str) -> Vec<u8> {
    tlv(0x18, text.as_bytes())
}

pub(crate) fn oid(text: &str) -> Vec<u8> {
    let arcs: Vec<u64> = text.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = base_128(arcs[0] * 40 + arcs[1]);
    content.extend(arcs[2..].iter().flat_map(|arc| base_128(*arc)));
    tlv(0x06, &content)
}

fn base_128(mut number: u64) -> Vec<u8> {
    let mut digits = vec![u8::try_from(number & 0x7f).unwrap()];
    while number > 0x7f {
        number >>= 7;
        digits.push(0x80 | u8::try_from(number & 0x7f).unwrap());
    }
    digits.reverse();
    digits
}

/// A distinguished name of a commonName; empty for an empty text.
pub(crate) fn name(common_name: &str) -> Vec<u8> {
    if common_name.is_empty() {
        return sequence(&[]);
    }
    name_of("2.5.4.3", utf8(common_name))
}

pub(crate) fn name_of(attribute: &str, value: Vec<u8>) -> Vec<u8> {
    sequence(&[set(&[sequence(&[oid(attribute), value])])])
}

pub(crate) const RSA: &str = "1.2.840.113549.1.1.1";
pub(crate) const EC: &str = "1.2.840.10045.2.1";
pub(crate) const P256: &str = "1.2.840.10045.3.1.7";

/// An RSA key of so many bits, as it looks; nobody has its private key.
pub(crate) fn rsa(bit_count: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0];
    modulus.extend(vec![0xc5; bit_count.div_ceil(8)]);
    let unused = modulus.len() * 8 - 8 - bit_count;
    modulus[1] = 0xff >> unused;
    if unused > 0 {
        modulus.remove(0);
    }
    let key = sequence(&[integer(&modulus), integer(exponent)]);
    let algorithm = sequence(&[oid(RSA), tlv(0x05, &[])]);
    sequence(&[algorithm, bits(&key)])
}

/// An elliptic curve key as it looks: any point, on a curve with these parameters.
pub(crate) fn ec(parameters: Vec<u8>, coordinate_octets: usize) -> Vec<u8> {
    let mut point = vec![4];
    point.extend(vec![7; 2 * coordinate_octets]);
    sequence(&[sequence(&[oid(EC), parameters]), bits(&point)])
}

/// A key of another algorithm as it looks.
pub(crate) fn other_key(algorithm: &str, key: &[u8]) -> Vec<u8> {
    sequence(&[sequence(&[oid(algorithm)]), bits(key)])
}
