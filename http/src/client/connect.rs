use super::connection::Connection;
use super::origin::Origin;
use super::pool::Place;
use super::shared::Shared;
use super::stream::ClientStream;
use crate::error::Kind;
use crate::h1::Peer;
use crate::https;

/// A new connection to an origin, in its place.
pub(super) async fn connect(
    shared: &Shared,
    origin: &Origin,
    place: Place,
) -> Result<Box<Connection>, Kind> {
    let config = &shared.config;
    let dialed = config.dialer.dial(&origin.endpoint()).await;
    let conn = dialed.map_err(|error| Kind::Dial(Box::new(error)))?;
    let mut tls_generation = 0;
    let io = if origin.is_https {
        let tls = shared.tls()?;
        // Asked before the handshake: what is set meanwhile may already not be what it is made with.
        tls_generation = tls.generation();
        let stream = https::connect(tls, origin.server_name(), conn).await?;
        ClientStream::Tls(Box::new(stream))
    } else {
        ClientStream::Plain(conn)
    };
    let limits = config.limits.clone();
    let mut connection = Connection::new(io, Peer::Origin, limits, config.read_bytes_max);
    connection.place = Some(place);
    connection.tls_generation = tls_generation;
    Ok(Box::new(connection))
}
