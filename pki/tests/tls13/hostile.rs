//! Bytes that are no handshake, or not quite.

use std::time::{Duration, Instant};

use wharf_pki::tls13::{
    Body, Fault, Handshake, Malformed, RECORDING_BYTES_MAX, Recording, Secrets, Sender, decode,
};

use crate::{CLIENT_AUTHENTICATION, HELLO_RETRY_REQUEST, SIMPLE, Trace, recording};

const ALL: [&str; 3] = [SIMPLE, HELLO_RETRY_REQUEST, CLIENT_AUTHENTICATION];

fn messages(handshake: &Handshake) -> Vec<(Sender, &[u8])> {
    let messages = handshake.messages.iter();
    messages.map(|it| (it.from, it.bytes.as_slice())).collect()
}

#[test]
fn what_is_cut_is_read_up_to_there() {
    for text in ALL {
        let trace = Trace::new(text);
        let secrets = trace.secrets();
        let whole = decode(&trace.recording(), &secrets);
        for cut in 0..trace.bytes() {
            let (mut left, mut records) = (cut, Vec::new());
            for (from, bytes) in &trace.records {
                let piece = left.min(bytes.len());
                records.push((*from, bytes[..piece].to_vec()));
                left -= piece;
            }
            let ends: Vec<_> = records.iter().zip(&trace.records).collect();
            let is_between = ends.iter().all(|(got, all)| got.1.is_empty() || got == all);
            let handshake = decode(&recording(&records), &secrets);
            assert!(messages(&whole).starts_with(&messages(&handshake)), "{cut}");
            let is_told = matches!(handshake.faults.as_slice(), [Fault::RecordCut { .. }]);
            assert_eq!(is_told, !is_between, "{cut}: {:?}", handshake.faults);
        }
    }
}

#[test]
fn how_it_is_split_changes_nothing() {
    for text in ALL {
        let trace = Trace::new(text);
        let whole = decode(&trace.recording(), &trace.secrets());
        for size in [1, 2, 3, 7, 100] {
            let split = trace.records.iter().flat_map(|(from, bytes)| {
                let pieces = bytes.chunks(size);
                pieces.map(|piece| (*from, piece.to_vec()))
            });
            let split: Vec<_> = split.collect();
            let handshake = decode(&recording(&split), &trace.secrets());
            assert_eq!(messages(&handshake), messages(&whole), "{size}");
            assert_eq!(handshake.derivations, whole.derivations, "{size}");
        }
    }
}

/// Every byte up to the last Finished counts: one that was changed on the way is found out. All but the version in the head of a
/// record in the clear, which means nothing.
#[test]
fn no_byte_can_be_changed_on_the_way() {
    for text in ALL {
        let trace = Trace::new(text);
        let secrets = trace.secrets();
        let whole = decode(&trace.recording(), &secrets);
        assert!(whole.is_complete());
        let last = whole
            .messages
            .iter()
            .rposition(|it| matches!(it.body, Body::Finished { .. }));
        let records = whole.messages[last.unwrap()].records.end;
        for number in 0..records {
            for at in 0..trace.records[number].1.len() {
                for change in [0x01, 0x80, 0xff] {
                    let mut changed = trace.records.clone();
                    changed[number].1[at] ^= change;
                    let handshake = decode(&recording(&changed), &secrets);
                    let is_sealed = trace.records[number].1[0] == 23;
                    let is_free = !is_sealed && matches!(at, 1 | 2);
                    assert_eq!(
                        handshake.is_complete(),
                        is_free,
                        "record {number}, byte {at}"
                    );
                    let is_told = !handshake.faults.is_empty() || handshake.refusals().count() > 1;
                    assert!(is_told || is_free, "record {number}, byte {at}");
                }
            }
        }
    }
}

/// Splices and noise, from a generator whose seed is written here.
#[test]
fn noise_is_told_and_nothing_panics() {
    let mut state: u64 = 0x5eed_2026;
    let mut random = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let traces = ALL.map(Trace::new);
    for _ in 0..20_000 {
        let trace = &traces[random(3)];
        let mut records = trace.records.clone();
        for _ in 0..=random(4) {
            let number = random(records.len());
            let bytes = &mut records[number].1;
            match random(5) {
                0 => bytes[random(5)] = random(256) as u8,
                1 => {
                    let at = random(bytes.len());
                    bytes[at] = random(256) as u8;
                }
                2 => bytes.truncate(1 + random(bytes.len())),
                3 => {
                    let other = traces[random(3)].records[random(5)].clone();
                    records.insert(number, other);
                }
                _ => records[number].0 = records[number].0.other(),
            }
            records.retain(|(_, bytes)| bytes.len() > 5);
            if records.is_empty() {
                break;
            }
        }
        decode(&recording(&records), &trace.secrets());
    }
}

#[test]
fn what_is_not_tls_is_named() {
    let mut plain = Recording::default();
    plain.add(
        Sender::Server,
        Duration::ZERO,
        b"HTTP/1.1 400 Bad Request\r\n",
    );
    let handshake = decode(&plain, &Secrets::default());
    let from = Sender::Server;
    assert_eq!(handshake.faults, [Fault::NotRecords { from, first: b'H' }]);
    assert_eq!(
        handshake.faults[0].to_string(),
        "what the server sent is not TLS: a record cannot begin with the byte 0x48"
    );
}

#[test]
fn tls_1_2_is_named() {
    let trace = Trace::new(SIMPLE);
    let mut records = trace.records;
    // A ServerHello without supported_versions: the last six bytes, and the lengths around them.
    let hello = &mut records[1].1;
    hello.truncate(hello.len() - 6);
    (hello[4], hello[8], hello[48]) = (0x54, 0x50, 0x28);
    let handshake = decode(&recording(&records), &Secrets::default());
    assert_eq!(handshake.faults, [Fault::OtherVersion(0x0303)]);
    assert_eq!(handshake.messages.len(), 2);
}

#[track_caller]
fn hello_fault(edit: impl FnOnce(&mut Vec<u8>)) -> Fault {
    let mut records = Trace::new(SIMPLE).records;
    edit(&mut records[0].1);
    let mut handshake = decode(&recording(&records[..1]), &Secrets::default());
    assert_eq!(handshake.faults.len(), 1, "{:?}", handshake.faults);
    handshake.faults.remove(0)
}

#[test]
fn a_hello_that_cannot_be_read_says_where() {
    let unreadable = |why| Fault::Unreadable { message: 1, why };
    // The list of cipher suites says that it is longer than the message.
    assert_eq!(
        hello_fault(|hello| hello[44] = 0xff),
        unreadable(Malformed::Short("cipher_suites"))
    );
    // The first extension becomes the second one too.
    assert_eq!(
        hello_fault(|hello| (hello[71], hello[72]) = (0, 0)),
        unreadable(Malformed::Twice(0))
    );
    assert_eq!(
        hello_fault(|hello| hello[55] = 0x90),
        unreadable(Malformed::Short("extension_data"))
    );
    assert_eq!(
        hello_fault(|hello| hello[6] = 1),
        Fault::MessageTooLong {
            from: Sender::Client,
            length: 0x1_00c0,
            max: 0xffff
        }
    );
    assert_eq!(
        hello_fault(|hello| (hello[3], hello[4]) = (0x41, 0x01)),
        Fault::RecordTooLong {
            from: Sender::Client,
            length: 0x4101,
            max: 0x4100
        }
    );
}

#[test]
fn a_message_that_comes_too_early_is_out_of_order() {
    let trace = Trace::new(SIMPLE);
    let from = Sender::Server;
    let early = decode(&recording(&trace.records[1..2]), &trace.secrets());
    assert_eq!(early.faults, [Fault::OutOfOrder { from, message: 2 }]);
    let twice = [trace.records[0].clone(), trace.records[0].clone()];
    let twice = decode(&recording(&twice), &trace.secrets());
    let from = Sender::Client;
    assert_eq!(twice.faults, [Fault::OutOfOrder { from, message: 1 }]);
}

#[test]
fn a_recording_has_an_end_and_many_small_records_take_no_long_time() {
    let mut long = Recording::default();
    let begun = Instant::now();
    for _ in 0..RECORDING_BYTES_MAX {
        long.add(
            Sender::Server,
            Duration::ZERO,
            &[20, 3, 3, 0, 1, 1].repeat(10),
        );
    }
    assert!(long.is_cut());
    assert!(long.bytes_of(Sender::Server) <= RECORDING_BYTES_MAX);
    let handshake = decode(&long, &Secrets::default());
    assert_eq!(handshake.faults, [Fault::RecordingCut]);
    assert!(handshake.messages.len() > 40_000);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
}
