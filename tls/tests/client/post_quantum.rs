//! ML-KEM by default, ML-DSA end to end.

use tokio::io::duplex;
use wharf_tls::{ServerTls, ServerTlsOptions};

use crate::authority::Authority;
use crate::peers::{client, trusting};

#[tokio::test]
async fn a_chain_of_ml_dsa_is_served_and_verified() {
    for algorithm in [
        &rcgen::PKCS_ML_DSA_44,
        &rcgen::PKCS_ML_DSA_65,
        &rcgen::PKCS_ML_DSA_87,
    ] {
        let root = Authority::root_of(algorithm, "root", |_| {});
        let issuing = root.intermediate("issuing CA");
        let identity = issuing.leaf().identity();
        let server = ServerTls::new(identity, &ServerTlsOptions::default()).unwrap();
        let client = client(&trusting(&root));
        let (near, far) = duplex(64 * 1024);
        let (connected, accepted) =
            tokio::join!(client.connect("localhost", near), server.accept(far));
        let (connected, accepted) = (connected.unwrap(), accepted.unwrap());
        for info in [connected.info(), accepted.info()] {
            assert_eq!(info.named_group_name(), Some("X25519MLKEM768"));
        }
    }
}
