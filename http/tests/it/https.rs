//! The server over TLS. Other peers' TLS is tested elsewhere; here it is rustls's client.
