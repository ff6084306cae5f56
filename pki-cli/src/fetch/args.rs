//! The flags of `wharf fetch`, and its help.

use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use wharf_http::{Bypass, Proxy};
use wharf_net::Endpoint;

use super::failure::{Class, Failure};
use super::field::FieldArg;
use super::heads::Credentials;
use super::resolve::Pin;
use crate::args::HomeArg;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf fetch https://localhost:8443/           the page of `wharf serve`, whose CA is trusted
  wharf fetch example.com/a.tar.gz -O           a file, which has its name once it is complete
  wharf fetch example.com/api --json '{\"a\":1}' -fL
                                                POST JSON, follow redirects, fail for 404
  wharf fetch example.com/in -T - < data        PUT what comes on stdin
  wharf fetch localhost/info --unix-socket /run/docker.sock
  wharf fetch api.test:8443 --cert me.crt --key me.key -v
  wharf fetch example.com -x https://proxy.test:8443 --proxy-cacert corp.pem
                                                through a proxy that is trusted by a CA of its own
  wharf fetch example.com -L --explain          where the time went, and what was agreed on, layer by layer
  wharf fetch example.com --html page.html      the same to look at in a browser

Without a scheme, https:// is meant; for this machine (localhost and loopback addresses) http://, except on the ports 443 \
and 8443. Servers and proxies are trusted by the roots of the operating system and by the CA of `wharf serve`, if there is one. \
Content codings (gzip, br) are asked for and taken off. A server may take 60 s to begin its answer and pause for 30 s in \
it; under --max-time nothing else is timed.

Exit status, as of curl where curl has one:
   0 done, whatever the status without -f      35 TLS failed
   2 flags not understood                      47 a redirect was not followed
   3 not a URL for this                        52 the server said nothing
   6 the host was not resolved                 56 the connection broke
   7 no connection                             58 the certificate or key given is of no use
   8 the server broke the protocol             60 the server's or proxy's certificate is not trusted
  18 the content ended early                   61 the content coding is broken
  22 the status is 400 or more, with -f        77 a file of CAs that was given is of no use
  23 the content could not be written          97 the proxy refused
  26 the content to send could not be read    130, 143 stopped by a signal
  28 out of time                                1 anything else")]
pub(crate) struct Fetch {
    /// What to fetch
    // `settle` sees to it that there is one.
    #[arg(value_name = "URL", required_unless_present_any = ["explain", "html"])]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) explain: ExplainArgs,
    #[command(flatten)]
    pub(crate) tls: TlsArgs,
    #[command(flatten)]
    pub(crate) way: WayArgs,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

/// What is asked.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// The method; without it GET, POST with -d or --json, PUT with -T
    #[arg(short = 'X', long = "request", value_name = "METHOD", value_parser = method)]
    pub(crate) method: Option<Method>,
    /// A field; `Name:` leaves out one that is sent by default, `Name;` sends it empty; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) fields: Vec<FieldArg>,
    /// Content, as it is: text, @FILE or @- for stdin. Several are joined by `&`. Its type is that of forms unless -H says
    /// otherwise
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub(crate) data: Vec<String>,
    /// Content like that of -d, which is JSON and asks for JSON. Without content, beside --explain: explain in JSON
    #[arg(long, value_name = "TEXT|@FILE", num_args = 0..=1)]
    pub(crate) json: Option<Option<String>>,
    /// Send a file as it is read; `-` sends stdin, of a length not known before (chunked)
    #[arg(short = 'T', long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) upload_file: Option<PathBuf>,
    /// Ask for the head only (HEAD), and print it
    #[arg(short = 'I', long, conflicts_with_all = ["method", "data", "upload_file"])]
    pub(crate) head: bool,
    /// Who asks, by Basic authentication. Others can see the arguments of a program: @FILE keeps the password from them
    #[arg(short, long, value_name = "NAME:PASSWORD|@FILE")]
    pub(crate) user: Option<String>,
    /// Who asks, by the token in this file; `-` for stdin
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    pub(crate) bearer_file: Option<PathBuf>,
    /// Follow redirects, from https to http excepted; credentials stay with the first host
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    /// How many redirects to follow
    #[arg(long, value_name = "N", default_value_t = 10, requires = "location")]
    pub(crate) max_redirs: usize,
    /// Try up to N times more, when no connection was made, none of the answer came, or the status is 429, 502, 503 or 504;
    /// only what may be sent twice
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) retry: u32,
    /// Give up after so many seconds, all in all
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) max_time: Option<Duration>,
    /// Give up on the connection after so many seconds, and as long on its TLS handshake [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,
}

/// What becomes of the answer.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write to a file, which has its name once it is complete; `-` for stdout, a terminal too
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The same, named like the last part of the URL's path
    #[arg(short = 'O', long, conflicts_with = "output")]
    pub(crate) remote_name: bool,
    /// Replace a file that exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the heads of the answers too, before the content
    #[arg(short, long)]
    pub(crate) include: bool,
    /// Tell on stderr what is sent (>) and received (<) beside content, and of proxies (*); credentials are left out
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Leave no credentials out, in -v and --explain: Authorization, Cookie, Set-Cookie and the like
    #[arg(long)]
    pub(crate) show_credentials: bool,
    /// No progress, and nothing of further attempts; errors are still told
    #[arg(short, long)]
    pub(crate) silent: bool,
    /// Errors are always told. This is for fingers that know curl
    #[arg(short = 'S', long, hide = true)]
    pub(crate) show_error: bool,
    /// Fail for a status of 400 and more, without the content
    #[arg(short, long)]
    pub(crate) fail: bool,
    /// Ask for no content coding, and take none off
    #[arg(long)]
    pub(crate) raw: bool,
}

impl OutputArgs {
    pub(super) fn credentials(&self) -> Credentials {
        if self.show_credentials {
            Credentials::Shown
        } else {
            Credentials::LeftOut
        }
    }
}

/// How it went, layer by layer.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Explanation")]
pub(crate) struct ExplainArgs {
    /// Print how it went instead of the content: names, dial attempts, TCP, TLS as offered and chosen, certificates, heads, rates
    /// and times, of each redirect; as far as it got, if it failed. The content is read, and thrown away unless -o or -O says
    /// where it goes
    #[arg(long, value_name = "text|json", hide_possible_values = true, num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    pub(crate) explain: Option<Form>,
    /// The same as a page for browsers, in a file that needs no other; beside --explain or alone
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// In which form it is told how it went: for people, or for programs; `docs/explain.md` has the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    // Were these documented for clap, `--help` would give every flag a paragraph of its own.
    Text,
    Json,
}

impl ExplainArgs {
    pub(super) fn is_asked(&self) -> bool {
        self.explain.is_some() || self.html.is_some()
    }
}

/// Whom to trust, and who we are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsArgs {
    /// Trust the CAs in this file (PEM), and no others, to speak for servers; for proxies there is --proxy-cacert
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// Our certificate and what is above it (PEM), for servers that ask; a proxy is not shown it
    #[arg(short = 'E', long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key (PEM); without it the key is in the file of --cert
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Trust whoever answers. Anyone on the way can be the server then, and read and change everything. A proxy is checked all
    /// the same
    #[arg(long, conflicts_with = "cacert")]
    pub(crate) danger_accept_any_certificate: bool,
    /// Trust the CAs in this file (PEM), and no others, to speak for an https proxy
    #[arg(long, value_name = "FILE", requires = "by_proxy")]
    pub(crate) proxy_cacert: Option<PathBuf>,
    /// Our certificate and what is above it (PEM), for an https proxy that asks
    #[arg(long, value_name = "FILE", requires = "by_proxy")]
    pub(crate) proxy_cert: Option<PathBuf>,
    /// Its private key (PEM); without it the key is in the file of --proxy-cert
    #[arg(long, value_name = "FILE", requires = "proxy_cert")]
    pub(crate) proxy_key: Option<PathBuf>,
}

impl TlsArgs {
    /// Whether anything is given that is for proxies; what is wrong with it is told even if none is spoken to over TLS.
    pub(super) fn says_of_proxies(&self) -> bool {
        self.proxy_cacert.is_some() || self.proxy_cert.is_some()
    }
}

/// Where connections lead.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct WayArgs {
    /// Take these addresses for a host and port; may be repeated
    #[arg(long = "resolve", value_name = "HOST:PORT:ADDR[,ADDR]")]
    pub(crate) pins: Vec<Pin>,
    /// Connect to this place, whatever the URL says: HOST:PORT or unix:PATH
    #[arg(long, value_name = "ENDPOINT", conflicts_with_all = ["unix_socket", "proxy", "proxy_env"])]
    pub(crate) connect_to: Option<Endpoint>,
    /// The same, for a Unix socket
    #[arg(long, value_name = "PATH", conflicts_with_all = ["proxy", "proxy_env"])]
    pub(crate) unix_socket: Option<PathBuf>,
    /// Go through a proxy, `KIND://[USER:PASSWORD@]HOST:PORT`: http, https, socks5h, or socks5, for which names are
    /// resolved here
    #[arg(short = 'x', long, value_name = "PROXY", group = "by_proxy")]
    pub(crate) proxy: Option<Proxy>,
    /// Go through the proxies that http_proxy and its like name. Without this the environment counts for nothing
    #[arg(long, conflicts_with = "proxy", group = "by_proxy")]
    pub(crate) proxy_env: bool,
    /// Hosts to reach past the proxy: names with all below them, addresses, prefixes, `*`
    #[arg(long, value_name = "LIST")]
    pub(crate) noproxy: Option<Bypass>,
    /// Connect to public addresses only, whatever a name or a redirect says; a name that a proxy resolves is the proxy's to
    /// judge
    #[arg(long)]
    pub(crate) deny_private: bool,
}

impl Fetch {
    /// Decides what `--json` means. It is curl's, for content that is JSON; and all over this program it asks for results in
    /// JSON, which is what it does beside `--explain` when it has no content. Since there is always a URL,
    /// `--explain --json URL` can be told apart.
    pub(crate) fn settle(&mut self) -> Result<(), Failure> {
        let has_other_content = self.request.has_other_content();
        let json = &mut self.request.json;
        if self.explain.is_asked() && self.url.is_none() {
            self.url = json.as_mut().and_then(Option::take);
        }
        if self.url.is_none() {
            return Err(usage("there is no URL"));
        }
        match json {
            Some(None) if self.explain.is_asked() => {
                self.explain.explain = Some(Form::Json);
                *json = None;
            }
            Some(None) => {
                let hint =
                    "--json TEXT sends it; --explain --json asks for the explanation in JSON";
                return Err(usage("there is no content behind --json").hint(hint));
            }
            Some(Some(_)) if has_other_content => {
                let hint = "--explain=json asks for the explanation in JSON, whatever is sent";
                return Err(usage("content is given to --json, and in another way").hint(hint));
            }
            Some(Some(_)) | None => {}
        }
        let on_stdout = [
            self.explain.explain.is_some(),
            is_stdout(self.explain.html.as_ref()),
            is_stdout(self.output.output.as_ref()),
        ];
        if self.explain.is_asked() && on_stdout.iter().filter(|is_there| **is_there).count() > 1 {
            return Err(usage("more than one thing is to go to stdout"));
        }
        Ok(())
    }
}

impl RequestArgs {
    fn has_other_content(&self) -> bool {
        !self.data.is_empty() || self.upload_file.is_some() || self.head
    }
}

fn is_stdout(file: Option<&PathBuf>) -> bool {
    file.is_some_and(|file| file.as_os_str() == "-")
}

fn usage(message: &'static str) -> Failure {
    Failure::new(Class::Usage, anyhow::Error::msg(message))
}

fn method(text: &str) -> Result<Method, String> {
    // A method is case-sensitive, and nobody means `get`; but it is a method, and not ours to change.
    match text.parse() {
        Ok(Method::CONNECT) => Err("CONNECT is for proxies: -x".to_owned()),
        Ok(method) => Ok(method),
        Err(_) => Err("a method is a word such as GET or PATCH".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "a number of seconds above 0, as in 10 or 0.5".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Alone {
        #[command(flatten)]
        fetch: Fetch,
    }

    /// URL, content of `--json`, and how it is explained.
    type Meant = (String, Option<String>, Option<Form>);

    fn meant(args: &str) -> Option<Meant> {
        let words = std::iter::once("fetch").chain(args.split(' '));
        let mut fetch = Alone::try_parse_from(words).ok()?.fetch;
        fetch.settle().ok()?;
        let json = fetch.request.json.flatten();
        Some((fetch.url?, json, fetch.explain.explain))
    }

    #[test]
    fn json_is_content_or_the_form_of_an_explanation() {
        let (a, content) = ("a".to_owned(), Some("{}".to_owned()));
        for (args, json, form) in [
            ("a", None, None),
            ("a --json {}", content.clone(), None),
            ("a --explain", None, Some(Form::Text)),
            ("--explain a", None, Some(Form::Text)),
            ("--explain=json a", None, Some(Form::Json)),
            ("--explain --json a", None, Some(Form::Json)),
            ("a --explain --json", None, Some(Form::Json)),
            ("--json --explain a", None, Some(Form::Json)),
            ("a --explain --json {}", content.clone(), Some(Form::Text)),
            ("a --explain=json --json {}", content, Some(Form::Json)),
            ("a -d b --explain --json", None, Some(Form::Json)),
            ("a -I --explain --json", None, Some(Form::Json)),
            ("a --html b", None, None),
            ("a --html b --json", None, Some(Form::Json)),
            ("a --html - -o b", None, None),
        ] {
            assert_eq!(meant(args), Some((a.clone(), json, form)), "{args}");
        }
        for args in [
            "--json {}",
            "a --json",
            "--json a",
            "--explain",
            "--explain --json",
            "a -d b --json {}",
            "a -I --json {}",
            "a -T b --json {}",
            "a --explain -o -",
            "a --explain --html -",
            "a --html - -o -",
        ] {
            assert_eq!(meant(args), None, "{args}");
        }
    }

    #[test]
    fn a_time_is_above_zero() {
        assert_eq!(seconds("0.5").unwrap(), Duration::from_millis(500));
        for text in ["0", "-1", "", "1s", "inf", "NaN"] {
            seconds(text).unwrap_err();
        }
    }

    #[test]
    fn any_word_is_a_method_but_connect() {
        assert_eq!(method("PURGE").unwrap().as_str(), "PURGE");
        for text in ["CONNECT", "", "A B"] {
            method(text).unwrap_err();
        }
    }
}
