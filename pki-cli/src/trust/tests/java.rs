use std::fs;
use std::os::unix::fs::symlink;

use super::machine::{Machine, choice};
use crate::trust::{Choice, Kind, install};

/// A Java below a folder, with its keystore here.
fn java(machine: &Machine, home: &str, keystore: &str) {
    machine.folder(&format!("{home}/bin"));
    machine.file(&format!("{home}/{keystore}"), "");
}

fn found(machine: &Machine) -> Vec<String> {
    let root = machine.root("root.crt");
    machine.said(&machine.status(Kind::Java, &root))
}

#[test]
fn the_keystores_of_java_home_and_of_the_path_are_found_each_once() {
    let mut machine = Machine::new();
    machine.stub("keytool");
    java(&machine, "jdk8", "jre/lib/security/cacerts");
    java(&machine, "jdk25", "lib/security/cacerts");
    machine.file("jdk25/bin/java", "");
    // As /usr/bin/java is: a link to a program in the home of a Java.
    symlink(
        machine.path().join("jdk25/bin/java"),
        machine.path().join("bin/java"),
    )
    .unwrap();
    let program = machine.path().join("jdk25/bin/java");
    fs::set_permissions(
        &program,
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    machine.places.java_home = Some(machine.path().join("jdk8"));
    assert_eq!(
        found(&machine),
        [
            "java jdk8/jre/lib/security/cacerts: not trusted",
            "java jdk25/lib/security/cacerts: not trusted"
        ]
    );
    machine.places.java_home = Some(machine.path().join("jdk25"));
    assert_eq!(
        found(&machine),
        ["java jdk25/lib/security/cacerts: not trusted"]
    );
    // Java reads this one first.
    machine.file("jdk25/lib/security/jssecacerts", "");
    assert_eq!(
        found(&machine),
        ["java jdk25/lib/security/jssecacerts: not trusted"]
    );
}

#[test]
fn a_java_without_a_keystore_and_no_java_at_all_are_not_found() {
    let mut machine = Machine::new();
    let expected = ["java: not found: there is no java on the path, and JAVA_HOME names none"];
    assert_eq!(found(&machine), expected);
    machine.places.java_home = Some(machine.folder("jdk"));
    assert_eq!(found(&machine), expected);
}

#[test]
fn a_missing_keytool_is_named() {
    let mut machine = Machine::new();
    java(&machine, "jre", "lib/security/cacerts");
    machine.places.java_home = Some(machine.path().join("jre"));
    assert_eq!(
        found(&machine),
        [
            "java jre/lib/security/cacerts: failed: keytool is not installed; install a Java runtime, or name one in JAVA_HOME"
        ]
    );
}

#[test]
fn a_password_is_handed_on_by_the_name_of_its_file_only() {
    let mut machine = Machine::new();
    machine.stub("keytool");
    java(&machine, "jdk", "lib/security/cacerts");
    machine.places.java_home = Some(machine.path().join("jdk"));
    let root = machine.root("root.crt");
    let list = "keytool -J-Duser.language=en -list -rfc -keystore jdk/lib/security/cacerts";
    machine.install(Kind::Java, &root);
    assert_eq!(machine.calls()[0], format!("{list} -storepass changeit"));
    let with_file = Choice {
        java_password: Some("/secret".into()),
        ..choice(Kind::Java)
    };
    install(&machine.places, &with_file, &root);
    assert_eq!(
        machine.calls()[0],
        format!("{list} -storepass:file /secret")
    );
}

#[test]
fn a_wrong_password_comes_with_the_flag_that_names_another() {
    let mut machine = Machine::new();
    java(&machine, "jdk", "lib/security/cacerts");
    machine.places.java_home = Some(machine.path().join("jdk"));
    machine.program(
        "keytool",
        "echo 'keytool error: java.io.IOException: keystore password was incorrect'; exit 1",
    );
    let line = &found(&machine)[0];
    assert!(
        line.ends_with("was incorrect; name its file with --java-password-file"),
        "{line}"
    );
}

#[test]
fn what_debian_copied_from_the_system_is_looked_for_when_only_the_system_is_asked() {
    let machine = Machine::new();
    let anchors = "root/usr/local/share/ca-certificates";
    machine.folder(anchors);
    machine.file("root/etc/ssl/certs/java/cacerts", "");
    let root = machine.root("root.crt");
    let pem = root.certificate.to_pem();
    machine.program(
        "keytool",
        &format!(
            "[ -f $here/gone ] || case \"$*\" in *-list*) cat <<'END'\nKeystore\n\nAlias name: debian:wharf-x.pem\nEntry type: trustedCertEntry\n\n{pem}\nEND\n;; *-delete*) touch $here/gone;; esac"
        ),
    );
    let keystore = "root/etc/ssl/certs/java/cacerts";
    let lines = machine.remove(Kind::System, &root);
    assert_eq!(
        lines,
        [
            format!("system {anchors}: was not there"),
            format!("java {keystore}: removed"),
            format!(
                "bin/keytool -J-Duser.language=en -delete -alias debian:wharf-x.pem -keystore {keystore} -storepass changeit"
            ),
        ]
    );
    // Nobody asked about Java, so it is no word worth that there is nothing.
    let again = machine.remove(Kind::System, &root);
    assert_eq!(again, [format!("system {anchors}: was not there")]);
    let status = machine.said(&machine.status(Kind::System, &root));
    assert_eq!(status.len(), 1, "{status:?}");
}
