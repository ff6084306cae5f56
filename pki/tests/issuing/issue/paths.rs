//! What webpki finds a path for.

use webpki::KeyUsage;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType, Profile};

use crate::lab::{info, intermediate, issue, key, now, request, root, verify};

#[test]
fn webpki_finds_a_path_for_every_key_type() {
    for ca_type in KeyType::ALL {
        let key = |key_type| Key::generate(key_type).unwrap();
        let root =
            Authority::root(key(ca_type), &CaSubject::new("root"), 9 * DAY, 1, now()).unwrap();
        let ca = root
            .intermediate(key(ca_type), &CaSubject::new("CA"), 8 * DAY, now())
            .unwrap();
        for leaf_type in KeyType::ALL {
            let request = EndEntity {
                lifetime: DAY,
                ..request(&["localhost", "*.a.test", "127.0.0.1", "::1"])
            };
            let leaf = ca
                .issue(&request, &key(leaf_type), now())
                .unwrap()
                .certificate;
            let chain = [&leaf, ca.certificate(), root.certificate()];
            for name in ["localhost", "x.a.test", "127.0.0.1", "::1"] {
                assert_eq!(
                    verify(chain, KeyUsage::server_auth(), name, now()),
                    Ok(()),
                    "{ca_type} {leaf_type}"
                );
            }
            assert!(verify(chain, KeyUsage::server_auth(), "other.test", now()).is_err());
            assert!(verify(chain, KeyUsage::client_auth(), "localhost", now()).is_err());
        }
    }
}

#[test]
fn a_profile_decides_what_a_certificate_is_for() {
    let root = root();
    let ca = intermediate(&root);
    let purposes = |profile| {
        let leaf = issue(
            &ca,
            &EndEntity {
                profile,
                ..request(&["a.test"])
            },
        )
        .certificate;
        let chain = [&leaf, ca.certificate(), root.certificate()];
        let works = |usage| verify(chain, usage, "a.test", now()).is_ok();
        assert_eq!(info(&leaf).key_usage, ["digitalSignature"]);
        (
            works(KeyUsage::server_auth()),
            works(KeyUsage::client_auth()),
            info(&leaf).extended_key_usage,
        )
    };
    assert_eq!(
        purposes(Profile::server()),
        (true, false, vec!["serverAuth".into()])
    );
    assert_eq!(
        purposes(Profile::client()),
        (false, true, vec!["clientAuth".into()])
    );
    assert_eq!(
        purposes(Profile::peer()),
        (true, true, vec!["serverAuth".into(), "clientAuth".into()])
    );
}

#[test]
fn an_organization_stands_before_the_common_name() {
    let subject = CaSubject {
        organization: Some("Example, Inc".into()),
        ..CaSubject::new("root")
    };
    let root = Authority::root(key(), &subject, 9 * DAY, 1, now()).unwrap();
    assert_eq!(
        info(root.certificate()).subject,
        "O=Example\\, Inc, CN=root"
    );
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), DAY, now())
        .unwrap();
    let leaf = ca
        .issue(&request(&["a.test"]), &key(), now())
        .unwrap()
        .certificate;
    assert_eq!(
        verify(
            [&leaf, ca.certificate(), root.certificate()],
            KeyUsage::server_auth(),
            "a.test",
            now()
        ),
        Ok(())
    );
}
