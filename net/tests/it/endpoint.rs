//! The syntax of endpoints.

use proptest::prelude::*;
use wharf_net::{Addr, Endpoint, EndpointError, UnixName};

#[track_caller]
fn reads(text: &str, expected: Endpoint) {
    assert_eq!(text.parse::<Endpoint>().as_ref(), Ok(&expected));
    assert_eq!(expected.to_string(), text);
}

fn host(name: &str, port: u16) -> Endpoint {
    Endpoint::Host {
        name: name.into(),
        port,
    }
}

#[test]
fn each_form_is_read_and_written_back() {
    let inet = |text: &str| Endpoint::Inet(text.parse().unwrap());
    reads("0.0.0.0:80", inet("0.0.0.0:80"));
    reads("[::]:80", inet("[::]:80"));
    reads("[fe80::1%2]:80", inet("[fe80::1%2]:80"));
    reads("127.0.0.1:65535", inet("127.0.0.1:65535"));
    reads("localhost:0", host("localhost", 0));
    reads("a-b_c.example.:443", host("a-b_c.example.", 443));
    reads("4chan.org:1", host("4chan.org", 1));
    let path = |path: &str| Endpoint::Unix(UnixName::Path(std::path::Path::new(path).into()));
    reads("unix:/run/app.sock", path("/run/app.sock"));
    reads("unix:relative", path("relative"));
    reads("unix:/with:colon@and", path("/with:colon@and"));
    reads(
        "unix:@name",
        Endpoint::Unix(UnixName::Abstract(b"name".as_slice().into())),
    );
    reads("fd:http", Endpoint::Inherited("http".into()));
    reads("fd:3", Endpoint::Inherited("3".into()));
}

#[track_caller]
fn refuses(text: &str, expected: EndpointError) {
    assert_eq!(text.parse::<Endpoint>(), Err(expected));
}

#[test]
fn what_is_no_endpoint_is_refused_with_its_reason() {
    use EndpointError::{Brackets, Form, HostName, InheritedName, Ipv4, Ipv6, Port};
    refuses("", Form(String::new()));
    refuses("localhost", Form("localhost".into()));
    refuses(":80", Form(":80".into()));
    refuses("[::1]", Form("[::1]".into()));
    refuses("[::1]80", Form("[::1]80".into()));
    refuses("::1:80", Brackets("::1:80".into()));
    refuses("http://a:80", Form("http://a:80".into()));
    refuses("tcp:127.0.0.1:80", Form("tcp:127.0.0.1:80".into()));
    refuses("2001:db8::1", Brackets("2001:db8::1".into()));
    refuses("[127.0.0.1]:80", Ipv6("127.0.0.1".into()));
    refuses("[fe80::1%eth0]:80", Ipv6("fe80::1%eth0".into()));
    refuses("1.2.3.256:80", Ipv4("1.2.3.256".into()));
    refuses("127.1:80", Ipv4("127.1".into()));
    for port in ["", "+80", "-1", "65536", "80 ", "0x50", "٣"] {
        refuses(&format!("localhost:{port}"), Port(port.into()));
        refuses(&format!("[::1]:{port}"), Port(port.into()));
    }
    for name in ["a b", "ü", "a/b", ".a", "a..b", &"a".repeat(254)] {
        refuses(&format!("{name}:80"), HostName(name.into()));
    }
    for name in [
        "",
        "@",
        "a\0b",
        &"a".repeat(108),
        &format!("@{}", "a".repeat(108)),
    ] {
        refuses(
            &format!("unix:{name}"),
            EndpointError::UnixName(name.into()),
        );
    }
    refuses("fd:", InheritedName(String::new()));
    refuses("fd:a:b", InheritedName("a:b".into()));
}

#[test]
fn the_longest_names_are_accepted() {
    let longest = format!("{}:80", "a".repeat(253));
    assert!(longest.parse::<Endpoint>().is_ok());
    for name in ["a".repeat(107), format!("@{}", "a".repeat(107))] {
        assert!(format!("unix:{name}").parse::<Endpoint>().is_ok(), "{name}");
    }
}

#[test]
fn an_address_of_a_stream_is_an_endpoint_unless_it_has_no_name() {
    let inet: std::net::SocketAddr = "127.0.0.1:80".parse().unwrap();
    assert_eq!(Endpoint::try_from(Addr::from(inet)), Ok(inet.into()));
    assert_eq!(Endpoint::try_from(Addr::Unnamed), Err(Addr::Unnamed));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_is_written_back(text in "\\PC{0,40}") {
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            prop_assert_eq!(endpoint.to_string().parse::<Endpoint>(), Ok(endpoint));
        }
    }

    #[test]
    fn texts_near_the_syntax_too(text in "(unix:|fd:|\\[)?[@a-z0-9.:%/_-]{0,20}(\\])?(:[0-9]{0,6})?") {
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            prop_assert_eq!(endpoint.to_string().parse::<Endpoint>(), Ok(endpoint));
        }
    }

    #[test]
    fn every_socket_address_survives(address: std::net::SocketAddr) {
        // The flow label is no part of the text.
        let text = Endpoint::Inet(address).to_string();
        prop_assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
    }
}
