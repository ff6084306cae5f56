use std::process::Command;

use wharf_interop_tests::peer;

use crate::Desk;

#[test]
fn go_serves_and_verifies_what_it_asked_for() {
    let Some(go) = peer::go_csr() else { return };
    let mut desk = Desk::new();
    let asked = desk.run(Command::new(&go).arg("ask")).text();
    let types: Vec<_> = asked.lines().map(ToOwned::to_owned).collect();
    assert_eq!(types, ["p256", "p384", "p521", "ed25519", "rsa2048"]);
    for key_type in types {
        let chain = desk.sign(&format!("{key_type}.csr"));
        let mut used = Command::new(&go);
        used.args(["use", &format!("{key_type}.key"), &chain]);
        let used = desk.run(used.arg(desk.home.root()));
        assert_eq!(used.text(), "a.test in TLS 1.3\n", "{used}");
    }
    desk.judge(true);
}
