//! What was recorded, read later with the server's key.

use wharf_pki::kex::{
    ClientHello, ExchangeKey, Frame, Group, KexFault, MessageKind, Role, Schedule, Transcript,
};

use super::stage::{Relay, Stage};

/// Plays an exchange that somebody records, and then gives him the key of the server.
pub(super) fn play(stage: &mut Stage, stolen: Option<ExchangeKey>) -> anyhow::Result<()> {
    let mut relay = Relay::default();
    stage.play(&mut relay)?;
    if !stage.record.outcome.agreed {
        return Ok(());
    }
    let Some(key) = stolen else {
        stage.record.note(
            "steals the private key of the server's certificate a year later. It signs, and has decrypted nothing: the keys that \
             the secret came from were thrown away after the exchange. Forward secrecy: what was recorded stays closed",
            None,
        );
        return Ok(());
    };
    stage.record.note(
        "steals the private key of the server a year later, decrypts the client's share with it, and has the secret",
        None,
    );
    let said = read(&relay.frames, &key).map_err(wharf_pki::Error::Kex)?;
    for (role, text) in said {
        let words = format!("reads what the {role} said a year ago: \u{201c}{text}\u{201d}");
        stage.record.note(words, None);
    }
    stage.record.outcome.attacker_reads = true;
    Ok(())
}

/// From the frames and the key to what was said.
fn read(frames: &[(Role, Frame)], key: &ExchangeKey) -> Result<Vec<(Role, String)>, KexFault> {
    let find = |kind: MessageKind, from: Role| {
        let mut found = frames
            .iter()
            .filter(|(role, frame)| *role == from && frame.kind() == kind);
        found
            .next()
            .map(|(_, frame)| frame)
            .ok_or(KexFault::Ended { awaiting: kind })
    };
    let client = find(MessageKind::ClientHello, Role::Client)?;
    let server = find(MessageKind::ServerHello, Role::Server)?;
    let hello = ClientHello::parse(client.body())?;
    let group = Group::RsaOaep;
    let share = hello.shares.iter().find(|share| share.group == group);
    let share = share.ok_or(KexFault::NotOffered { group })?;
    let schedule = Schedule::new(group, &key.decapsulate(&share.octets)?);
    let mut transcript = Transcript::new();
    transcript.add(client.octets());
    transcript.add(server.octets());
    let hellos = transcript.hash();
    for role in [Role::Server, Role::Client] {
        let frame = find(role.auth(), role)?;
        transcript.add(&schedule.handshake_key(role, &hellos)?.open(frame)?);
    }
    let before = transcript.hash();
    let mut said = Vec::new();
    for role in [Role::Client, Role::Server] {
        let plain = schedule
            .data_key(role, &before)?
            .open(find(MessageKind::Data, role)?)?;
        said.push((role, String::from_utf8_lossy(&plain).into_owned()));
    }
    Ok(said)
}
