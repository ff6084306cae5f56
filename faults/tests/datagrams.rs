//! Loss, reordering and duplication of datagrams.

#![forbid(unsafe_code)]

use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;
use wharf_faults::{DatagramProxy, Fates, Weather};

const SENT: u16 = 300;

/// What never comes fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends numbered datagrams through a proxy, and returns those that arrived in that order, and what the proxy says.
async fn through(weather: Weather) -> (Vec<u16>, Fates) {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let calm = Weather::default();
    let proxy = DatagramProxy::start(server.local_addr().unwrap(), weather, calm)
        .await
        .unwrap();
    client.connect(proxy.address()).await.unwrap();
    let (mut arrived, mut buffer) = (Vec::new(), [0; 9]);
    for number in 0..SENT {
        client.send(&number.to_be_bytes()).await.unwrap();
        // Word from the other side keeps the proxy from having more than one at a time to choose from.
        if number % 8 == 7 {
            while let Ok(len) = timeout(Duration::from_millis(20), server.recv(&mut buffer)).await {
                assert_eq!(len.unwrap(), 2);
                arrived.push(u16::from_be_bytes([buffer[0], buffer[1]]));
            }
        }
    }
    while let Ok(len) = timeout(Duration::from_millis(500), server.recv(&mut buffer)).await {
        assert_eq!(len.unwrap(), 2);
        arrived.push(u16::from_be_bytes([buffer[0], buffer[1]]));
    }
    (arrived, proxy.stop().await.unwrap()[0])
}

#[tokio::test]
async fn in_calm_weather_everything_arrives_in_its_order() {
    let (arrived, fates) = through(Weather::default()).await;
    assert_eq!(arrived, Vec::from_iter(0..SENT));
    assert_eq!((fates.received, fates.lost), (SENT.into(), 0));
}

#[tokio::test]
async fn what_is_lost_duplicated_and_overtaken_is_counted() {
    let weather = Weather {
        seed: 7,
        lose_percent: 20,
        duplicate_percent: 10,
        reorder_percent: 10,
    };
    let (arrived, fates) = through(weather).await;
    assert_eq!(fates.received, u64::from(SENT));
    let wanted = fates.received - fates.lost + fates.duplicated;
    assert_eq!(arrived.len() as u64, wanted, "{fates:?}");
    let backwards = arrived.windows(2).filter(|pair| pair[0] > pair[1]).count();
    assert!(backwards as u64 >= fates.reordered / 2, "{fates:?}");
    assert!(
        fates.lost > 0 && fates.duplicated > 0 && fates.reordered > 0,
        "{fates:?}"
    );
}

#[tokio::test]
async fn the_same_seed_brings_the_same_losses() {
    let weather = Weather {
        seed: 3,
        lose_percent: 30,
        ..Weather::default()
    };
    let (first, second) = (through(weather).await.0, through(weather).await.0);
    assert!(first == second && first.len() < SENT.into());
    let other = Weather { seed: 4, ..weather };
    assert_ne!(through(other).await.0, first);
}

#[tokio::test]
async fn each_client_has_its_own_answers() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let calm = Weather::default();
    let proxy = DatagramProxy::start(server.local_addr().unwrap(), calm, calm)
        .await
        .unwrap();
    for name in ["one", "two"] {
        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.connect(proxy.address()).await.unwrap();
        client.send(name.as_bytes()).await.unwrap();
        let mut buffer = [0; 9];
        let (len, from) = timeout(PATIENCE, server.recv_from(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        server.send_to(&buffer[..len], from).await.unwrap();
        let len = timeout(PATIENCE, client.recv(&mut buffer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&buffer[..len], name.as_bytes());
    }
    let [to_server, to_client] = proxy.stop().await.unwrap();
    assert_eq!((to_server.received, to_client.received), (2, 2));
}
