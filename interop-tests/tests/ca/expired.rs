//! A CA that has expired, or is about to, is named with what to do.

use wharf_interop_tests::{PATIENCE, Server};
use wharf_pki::validity::DAY;
use wharf_pki::{CaOptions, Home};

use crate::World;

/// With a CA of that age: the root lives 3650 days, the intermediate 1825.
fn aged(days: u32) -> World {
    let world = World::new();
    let now = time::OffsetDateTime::now_utc();
    let home = Home::at(world.home.path());
    let options = CaOptions {
        name: "Old CA".into(),
        ..CaOptions::default()
    };
    home.create_ca(&options, now - days * DAY).unwrap();
    world
}

#[test]
fn an_intermediate_that_ends_soon_issues_with_a_warning() {
    let world = aged(1700);
    let issued = world.run(&["cert", "issue", "a.test"]).success();
    let warning = "wharf: warning: the CA Old CA intermediate ends on ";
    assert!(issued.stderr.starts_with(warning), "{issued}");
    assert!(
        issued.stderr.contains("wharf ca rotate makes a new one"),
        "{issued}"
    );
    for verb in ["show", "list"] {
        let shown = world.run(&["ca", verb]).success();
        assert!(shown.stderr.starts_with(warning), "{shown}");
    }
    let _ = world.run(&["ca", "rotate"]).success();
    let issued = world.run(&["cert", "issue", "b.test"]).success();
    assert!(!issued.stderr.contains("warning"), "{issued}");
    assert_eq!(world.run(&["ca", "list"]).success().stderr, "");
}

#[test]
fn an_intermediate_that_has_expired_is_replaced_by_a_rotation() {
    let world = aged(1900);
    let message = "wharf: error: the CA Old CA intermediate expired on ";
    let refused = world.run(&["cert", "issue", "a.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.starts_with(message), "{refused}");
    assert!(refused.stderr.contains("\nhint: "), "{refused}");
    assert!(
        refused.stderr.contains("wharf ca rotate makes a new one"),
        "{refused}"
    );
    let ended = Server::spawn(&world.home, &[]).process.finish(PATIENCE);
    assert_eq!(ended.code(), Some(1), "{ended}");
    assert!(ended.stderr.contains("expired on") && ended.stderr.contains("wharf ca rotate"));
    let shown = world.run(&["ca", "show"]);
    assert_eq!(shown.code(), Some(1), "{shown}");
    assert!(shown.stderr.starts_with(message), "{shown}");
    let _ = world.run(&["ca", "rotate"]).success();
    let _ = world.run(&["cert", "issue", "a.test"]).success();
    let _ = world.run(&["ca", "show"]).success();
}

#[test]
fn a_root_that_has_expired_needs_a_new_one() {
    let world = aged(3700);
    let refused = world.run(&["cert", "issue", "a.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(
        refused.stderr.contains("the root Old CA expired on"),
        "{refused}"
    );
    assert!(
        refused.stderr.contains("wharf ca rotate --root --no-cross"),
        "{refused}"
    );
    for args in [&["ca", "rotate"][..], &["ca", "rotate", "--root"]] {
        let refused = world.run(args);
        assert_eq!(refused.code(), Some(1), "{refused}");
        assert!(refused.stderr.contains("--root --no-cross"), "{refused}");
    }
    let exported = world.run(&["ca", "export"]);
    assert_eq!(
        (exported.code(), exported.text()),
        (Some(3), String::new()),
        "{exported}"
    );
    let _ = world
        .run(&["ca", "rotate", "--root", "--no-cross"])
        .success();
    let _ = world.run(&["cert", "issue", "a.test"]).success();
}

#[test]
fn a_root_that_ends_soon_is_told_wherever_something_is_made() {
    let world = aged(3400);
    let rotated = world.run(&["ca", "rotate"]).success();
    let warning = "warning: the root Old CA ends on";
    assert!(rotated.stderr.contains(warning), "{rotated}");
    assert!(
        rotated
            .stderr
            .contains("wharf ca rotate --root makes a new one"),
        "{rotated}"
    );
    let issued = world.run(&["cert", "issue", "a.test"]).success();
    assert!(issued.stderr.contains(warning), "{issued}");
    assert_eq!(issued.stderr.matches("ends on").count(), 1, "{issued}");
}
