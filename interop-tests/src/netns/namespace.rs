use std::fs::File;
use std::os::fd::AsFd;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{panic, thread};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::runtime::{self, Handle};
use tokio::time::timeout;
use wharf_net::{Bind, Endpoint, Listener};

use crate::{PATIENCE, Process, peer};

/// A network namespace: a host with a network stack of its own. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

/// Tells the namespaces of one process apart.
static NEXT: AtomicU32 = AtomicU32::new(0);

impl Namespace {
    /// Makes one that holds nothing but a loopback. The error says what root lacks here, as in a container that may not
    /// do this.
    ///
    /// # Panics
    ///
    /// When it fails for another reason.
    #[track_caller]
    pub(crate) fn add(role: &str) -> Result<Self, String> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("wharf-{}-{number}-{role}", process::id());
        let mut command = command("ip");
        let added = Process::run(command.args(["netns", "add", &name]).env("LC_ALL", "C"));
        let refusals = [
            "Operation not permitted",
            "Permission denied",
            "Read-only file system",
        ];
        if let Some(refusal) = refusals.iter().find(|text| added.stderr.contains(**text)) {
            return Err(format!("ip netns add: {refusal}"));
        }
        let _ = added.success();
        let made = Self { name };
        made.ip("link set lo up");
        Ok(made)
    }

    /// Its name, for `ip … netns NAME`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `work` in a thread that lives in the namespace. So do the sockets it opens, wherever they are used later, the
    /// processes it starts and the threads it spawns.
    ///
    /// # Panics
    ///
    /// When `work` does.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let caller = thread::current().name().unwrap_or("netns").to_owned();
        thread::scope(|scope| {
            thread::Builder::new()
                .name(caller)
                .spawn_scoped(scope, || {
                    self.enter();
                    work()
                })
                .expect("a test has few threads")
                .join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    }

    /// For the rest of the calling thread's life.
    fn enter(&self) {
        let link = File::open(format!("/run/netns/{}", self.name)).expect("`ip netns` made it");
        move_into_link_name_space(link.as_fd(), Some(LinkNameSpaceType::Network))
            .expect("who may make a namespace may enter it");
    }

    /// Runs `scene` on a runtime of its own, in a thread that lives in the namespace.
    ///
    /// # Panics
    ///
    /// When the scene does, or has not ended after [`PATIENCE`].
    pub fn play<T: Send>(&self, scene: impl AsyncFnOnce() -> T + Send) -> T {
        self.run(|| {
            runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime of one thread")
                .block_on(async { timeout(PATIENCE, scene()).await })
                .unwrap_or_else(|_elapsed| panic!("not over after {PATIENCE:?}"))
        })
    }

    /// Listens in this namespace, from inside a scene that plays in any.
    ///
    /// # Panics
    ///
    /// When the endpoint cannot be listened on.
    pub fn listen(&self, endpoint: &str, options: &Bind) -> Listener {
        let endpoint: Endpoint = endpoint.parse().expect("an endpoint");
        let runtime = Handle::current();
        self.run(|| runtime.block_on(Listener::bind(&endpoint, options)))
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Runs `ip` with these arguments.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn ip(&self, arguments: &str) {
        self.program("ip", arguments.split_whitespace());
    }

    /// Runs `tc` with these arguments.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn tc(&self, arguments: &str) {
        self.program("tc", arguments.split_whitespace());
    }

    /// Adds a rule of nft for what arrives here.
    ///
    /// # Panics
    ///
    /// When nft does not take it.
    pub fn on_input(&self, rule: &str) {
        self.rule("input", rule);
    }

    /// Adds a rule of nft for what is sent from here.
    ///
    /// # Panics
    ///
    /// When nft does not take it.
    pub fn on_output(&self, rule: &str) {
        self.rule("output", rule);
    }

    fn rule(&self, hook: &str, rule: &str) {
        let script = format!(
            "add table inet test
             add chain inet test {hook} {{ type filter hook {hook} priority 0; }}
             add rule inet test {hook} {rule}"
        );
        self.program("nft", [script.as_str()]);
    }

    /// Takes all rules back.
    ///
    /// # Panics
    ///
    /// When nft fails.
    pub fn forget_rules(&self) {
        self.program("nft", ["flush", "ruleset"]);
    }

    /// No packet of TCP leaves it or reaches it any more: a host that lost its power, as the other end sees it.
    ///
    /// # Panics
    ///
    /// When nft fails.
    pub fn vanish(&self) {
        self.on_input("meta l4proto tcp drop");
        self.on_output("meta l4proto tcp drop");
    }

    fn program<'a>(&self, program: &str, arguments: impl IntoIterator<Item = &'a str>) {
        let mut command = command(program);
        command.args(arguments);
        let _ = self.run(|| Process::run(&mut command)).success();
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let removed = command("ip").args(["netns", "delete", &self.name]).status();
        if !removed.is_ok_and(|status| status.success()) {
            eprintln!("the network namespace {} is left behind", self.name);
        }
    }
}

fn command(program: &str) -> Command {
    Command::new(peer::on_path(program).expect("it was found before the namespace was made"))
}
