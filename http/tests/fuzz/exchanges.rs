use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::check::exchange::{
    CONNECTION, Exchange, FIELDS, METHODS, NO_TRAILERS, VALUES, value_of,
};
use crate::check::round_trip::check_exchange;
use crate::h1::ContentLength;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_response_is_read_as_it_was_meant_or_not_sent(exchange in exchange()) {
        check_exchange(&exchange);
    }
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let request = (
        select(&METHODS),
        any::<bool>(),
        select(&CONNECTION),
        any::<bool>(),
    );
    let status =
        prop_oneof![4 => Just(200_u16), 2 => select(&[101, 204, 205, 304]), 2 => 100_u16..1000];
    let trailers = proptest::option::of(fields(&NO_TRAILERS));
    let content = (vec(piece(), 0..6), -1_i64..=1, any::<bool>());
    let hints = proptest::option::of(fields(&FIELDS));
    let response = (
        hints,
        status,
        fields(&FIELDS),
        content,
        trailers,
        1_usize..9000,
    );
    (request, response).prop_map(|(request, response)| {
        let (method, is_http_10, connection, takes_trailers) = request;
        let (hints, status, fields, (pieces, lie, is_known), trailers, write_max) = response;
        let length: usize = pieces.iter().map(Vec::len).sum();
        let length = u64::try_from(length).unwrap().saturating_add_signed(lie);
        let length = if is_known {
            ContentLength::Exact(length)
        } else {
            ContentLength::Unknown
        };
        Exchange {
            method,
            is_http_10,
            connection,
            takes_trailers,
            hints,
            status,
            fields,
            length,
            pieces,
            trailers,
            write_max,
        }
    })
}

/// Also empty ones, and some larger than what an `OutBuf` copies.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 0..20), 1 => vec(any::<u8>(), 4000..9000)]
}

fn fields(special: &'static [HeaderName]) -> impl Strategy<Value = HeaderMap> {
    let name = prop_oneof![
        select(special),
        "x-[a-c]".prop_map(|name| name.parse().unwrap()),
    ];
    let value = prop_oneof![
        select(&VALUES).prop_map(HeaderValue::from_static),
        vec(any::<u8>(), 0..20).prop_map(|bytes| value_of(&bytes)),
    ];
    vec((name, value), 0..6).prop_map(|lines| {
        let mut fields = HeaderMap::new();
        for (name, value) in lines {
            fields.append(name, value);
        }
        fields
    })
}
