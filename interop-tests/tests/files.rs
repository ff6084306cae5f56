//! The files of a folder, as curl asks for them.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use wharf_interop_tests::content::{MIB, random, random_file};
use wharf_interop_tests::peer::Curl;
use wharf_interop_tests::{Home, PATIENCE, Process, Server, peer};

struct Site {
    curl: Curl,
    home: Home,
    folder: PathBuf,
    server: Server,
}

/// A folder with a few files, served; beside it a file that must not get out.
fn site() -> Option<Site> {
    let curl = peer::curl()?;
    let home = Home::new();
    let folder = home.folder("site");
    fs::write(folder.join("data.bin"), random(3, 10_000)).unwrap();
    fs::write(folder.join("index.html"), "<h1>index</h1>").unwrap();
    fs::create_dir_all(folder.join("sub/deep")).unwrap();
    fs::write(folder.join("sub/one.txt"), "one").unwrap();
    fs::write(folder.join("sub/deep/two.txt"), "two").unwrap();
    fs::write(home.beside("secret.txt"), SECRET).unwrap();
    let server = Server::of_folder(&home, &folder);
    Some(Site {
        curl,
        home,
        folder,
        server,
    })
}

const SECRET: &str = "nothing outside the folder is served";

impl Site {
    #[track_caller]
    fn fetch(&self, path: &str, args: &[&str]) -> peer::Fetched {
        let url = self.server.https(path);
        self.curl.fetch(&self.home, &[args, &[&url]].concat())
    }
}

#[test]
fn a_file_comes_whole_with_its_length_and_type() {
    let Some(site) = site() else { return };
    let fetched = site.fetch("/data.bin", &[]);
    assert_eq!(fetched.status(), 200, "{fetched}");
    assert_eq!(fetched.body, random(3, 10_000));
    assert_eq!(fetched.field("content-length"), Some("10000"), "{fetched}");
    let fetched = site.fetch("/sub/one.txt", &[]);
    assert!(
        fetched
            .field("content-type")
            .unwrap()
            .starts_with("text/plain"),
        "{fetched}"
    );
}

#[test]
fn head_of_a_file_has_its_length_and_no_content() {
    let Some(site) = site() else { return };
    let fetched = site.fetch("/data.bin", &["--head"]);
    assert_eq!(fetched.status(), 200, "{fetched}");
    assert_eq!(fetched.field("content-length"), Some("10000"), "{fetched}");
    assert_eq!(fetched.number("size_download"), 0, "{fetched}");
}

#[test]
fn a_range_is_answered_with_just_these_bytes() {
    let Some(site) = site() else { return };
    let all = random(3, 10_000);
    for (range, content_range, bytes) in [
        ("0-0", "bytes 0-0/10000", &all[..1]),
        ("100-199", "bytes 100-199/10000", &all[100..200]),
        ("9990-", "bytes 9990-9999/10000", &all[9990..]),
        ("-10", "bytes 9990-9999/10000", &all[9990..]),
        ("9000-99999", "bytes 9000-9999/10000", &all[9000..]),
    ] {
        let fetched = site.fetch("/data.bin", &["--range", range]);
        assert_eq!(fetched.status(), 206, "{range}: {fetched}");
        assert_eq!(
            fetched.field("content-range"),
            Some(content_range),
            "{fetched}"
        );
        assert_eq!(fetched.body, bytes, "{range}: {fetched}");
    }
}

#[test]
fn a_range_outside_the_file_is_416_and_tells_the_length() {
    let Some(site) = site() else { return };
    let fetched = site.fetch("/data.bin", &["--range", "10000-10001"]);
    assert_eq!(fetched.status(), 416, "{fetched}");
    assert_eq!(
        fetched.field("content-range"),
        Some("bytes */10000"),
        "{fetched}"
    );
}

#[test]
fn an_interrupted_download_resumes_where_it_stopped() {
    let Some(site) = site() else { return };
    let part = site.home.beside("part.bin");
    fs::write(&part, &random(3, 10_000)[..4_321]).unwrap();
    let mut command = site.curl.command();
    command.args(["--continue-at", "-", "--output"]).arg(&part);
    command.arg("--cacert").arg(site.home.root());
    let _ = Process::run(command.arg(site.server.https("/data.bin"))).success();
    assert_eq!(fs::read(&part).unwrap(), random(3, 10_000));
}

#[test]
fn a_copy_that_is_still_good_is_not_sent_again() {
    let Some(site) = site() else { return };
    let first = site.fetch("/data.bin", &[]);
    let etag = first.field("etag").expect("an entity tag");
    let changed = first.field("last-modified").expect("a date");
    for field in [
        format!("If-None-Match: {etag}"),
        format!("If-None-Match: \"other\", {etag}"),
        "If-None-Match: *".to_owned(),
        format!("If-Modified-Since: {changed}"),
    ] {
        let again = site.fetch("/data.bin", &["--header", &field]);
        assert_eq!(again.status(), 304, "{field}: {again}");
        assert_eq!(again.number("size_download"), 0, "{again}");
    }
    let other = site.fetch("/data.bin", &["--header", "If-None-Match: \"other\""]);
    assert_eq!(other.status(), 200, "{other}");
    // The tag follows the content.
    fs::write(site.folder.join("data.bin"), "new").unwrap();
    let field = format!("If-None-Match: {etag}");
    let again = site.fetch("/data.bin", &["--header", &field]);
    assert_eq!(
        (again.status(), again.text().as_str()),
        (200, "new"),
        "{again}"
    );
}

#[test]
fn a_compressed_twin_is_sent_to_those_who_take_it() {
    let Some(site) = site() else { return };
    let text = "a line that repeats\n".repeat(1_000);
    fs::write(site.folder.join("page.txt"), &text).unwrap();
    let mut gzip = Command::new("gzip");
    let _ = Process::run(gzip.arg("--keep").arg(site.folder.join("page.txt"))).success();

    let fetched = site.fetch(
        "/page.txt",
        &["--header", "Accept-Encoding: gzip", "--compressed"],
    );
    assert_eq!(fetched.field("content-encoding"), Some("gzip"), "{fetched}");
    assert!(fetched.number("size_download") < 1_000, "{fetched}");
    assert_eq!(fetched.text(), text);
    assert!(
        fetched
            .field("content-type")
            .unwrap()
            .starts_with("text/plain"),
        "{fetched}"
    );
    let vary = fetched.field("vary").unwrap_or_default().to_lowercase();
    assert!(
        vary.contains("accept-encoding"),
        "a cache mixes them up: {fetched}"
    );

    let fetched = site.fetch("/page.txt", &[]);
    assert_eq!(fetched.field("content-encoding"), None, "{fetched}");
    assert_eq!(fetched.text(), text);
    let refused = ["--header", "Accept-Encoding: gzip;q=0, identity"];
    let fetched = site.fetch("/page.txt", &refused);
    assert_eq!(fetched.field("content-encoding"), None, "{fetched}");
}

#[test]
fn a_folder_shows_its_index_or_what_is_in_it() {
    let Some(site) = site() else { return };
    let fetched = site.fetch("/", &[]);
    assert_eq!(fetched.text(), "<h1>index</h1>", "{fetched}");
    assert!(
        fetched
            .field("content-type")
            .unwrap()
            .starts_with("text/html"),
        "{fetched}"
    );
    let fetched = site.fetch("/sub/", &["--header", "Accept: text/html"]);
    assert_eq!(fetched.status(), 200, "{fetched}");
    let page = fetched.text();
    assert!(
        page.contains("one.txt") && page.contains("deep/"),
        "{fetched}"
    );
    // Without the slash, relative links would lead astray.
    let fetched = site.fetch("/sub", &["--location"]);
    assert_eq!(fetched.status(), 200, "{fetched}");
    assert_eq!(fetched.number("num_redirects"), 1, "{fetched}");
    assert!(fetched.text().contains("one.txt"), "{fetched}");
}

#[test]
fn a_redirect_to_a_folder_never_leads_to_another_host() {
    let Some(site) = site() else { return };
    for path in ["//sub", "/%2Fsub", "///sub/deep", "/\\sub", "/.//sub"] {
        let fetched = site.fetch(path, &["--path-as-is"]);
        let location = fetched.field("location").unwrap_or("/");
        let is_local = location.starts_with('/')
            && !location.starts_with("//")
            && !location.starts_with("/\\");
        assert!(is_local, "{path} leads to {location}\n{fetched}");
    }
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let Some(site) = site() else { return };
    let outside = site.home.beside("secret.txt");
    let absolute = outside.to_str().unwrap();
    let mut paths = [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/.%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/sub/%2e%2e/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/..%00/secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/....//secret.txt",
        "/..;/secret.txt",
        "/../",
        "/%2e%2e/",
        "/sub/..%2f..%2f",
        "/../../../../../../../../etc/passwd",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%2fetc%2f",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.push(format!("/{absolute}"));
    paths.push(format!("/{}", absolute.replace('/', "%2f")));
    for path in paths {
        for accept in ["Accept: */*", "Accept: text/html"] {
            let fetched = site.fetch(&path, &["--path-as-is", "--header", accept]);
            let text = fetched.text();
            for leak in [SECRET, "secret.txt", "root:"] {
                assert!(!text.contains(leak), "{path}: {fetched}");
            }
            assert!((400..500).contains(&fetched.status()), "{path}: {fetched}");
        }
    }
}

#[test]
fn what_may_not_be_done_to_a_file_is_405() {
    let Some(site) = site() else { return };
    for method in ["DELETE", "PUT", "POST"] {
        let fetched = site.fetch("/data.bin", &["--request", method]);
        assert_eq!(fetched.status(), 405, "{method}: {fetched}");
    }
    assert_eq!(
        fs::read(site.folder.join("data.bin")).unwrap(),
        random(3, 10_000)
    );
}

#[test]
fn a_listing_for_a_terminal_sends_it_no_commands() {
    let Some(site) = site() else { return };
    let name = "sub/title\u{1b}]0;changed\u{7}\nline.txt";
    fs::write(site.folder.join(name), "x").unwrap();
    let fetched = site.fetch("/sub/", &[]);
    let text = fetched.text();
    assert!(text.contains("title"), "{fetched}");
    let commands = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(commands), "{text:?}");
    assert_eq!(text.lines().count(), 3, "a line for each entry: {text:?}");
}

#[test]
fn a_named_pipe_is_not_waited_for() {
    let Some(site) = site() else { return };
    let _ = Process::run(Command::new("mkfifo").arg(site.folder.join("pipe"))).success();
    let fetched = site.fetch("/pipe", &["--max-time", "5"]);
    assert!((400..500).contains(&fetched.status()), "{fetched}");
}

#[test]
fn a_file_that_shrinks_on_the_way_is_no_whole_download() {
    let Some(site) = site() else { return };
    let file = site.folder.join("large.bin");
    random_file(&file, 23, 24 * MIB);
    let mut command = site.curl.command();
    command.args(["--limit-rate", "8M", "--no-buffer"]);
    command.arg("--cacert").arg(site.home.root());
    let client = Process::spawn(command.arg(site.server.https("/large.bin")));
    client.wait_for_stdout(|bytes| (!bytes.is_empty()).then_some(()));
    File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(1_000)
        .unwrap();
    let cut = client.finish(PATIENCE);
    assert!(
        !cut.status.success(),
        "a part was taken for the whole: {cut}"
    );
    let next = site.fetch("/sub/one.txt", &[]);
    assert_eq!(next.text(), "one", "{next}");
}
