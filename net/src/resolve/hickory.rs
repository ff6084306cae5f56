use std::io;
use std::net::SocketAddr;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;

use super::{ADDRESSES_MAX, Resolve, Resolving, first_of_each_family};

/// How DNS is asked in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HickoryOptions {
    /// How many addresses of each family are handed on; the rest is left out. Whoever controls a name controls how many
    /// addresses it has. The default is 32, so that both families fill a race.
    pub addresses_max: usize,
    /// How many responses are kept for the time their records allow. A name takes two. hickory-resolver keeps 8192,
    /// unbound some 4 MiB of messages. The default is 1024.
    pub cached_responses_max: u64,
}

impl Default for HickoryOptions {
    fn default() -> Self {
        Self {
            addresses_max: ADDRESSES_MAX,
            cached_responses_max: 1024,
        }
    }
}

/// DNS in this process, through hickory-resolver: look-ups that take no thread, can be cancelled and are cached.
///
/// A and AAAA are asked at the same time, and both answers are awaited. IPv6 addresses come first, in the order of the
/// answer: there is no sorting by [RFC 6724 §6]. On a host without IPv6 such an attempt fails at once, and a race goes
/// on. Name servers are asked over UDP, and over TCP when an answer is too long, each for 5 s and twice more, unless
/// `resolv.conf` says otherwise.
///
/// It asks DNS only: no mDNS, no NIS, no other module of the system's name service switch.
///
/// # Cancel safety
///
/// Nothing is lost when a look-up is dropped. hickory-resolver spawns tasks of its own for the exchange with a name
/// server, which end with their timeout or with the resolver; no drain waits for them.
///
/// [RFC 6724 §6]: https://www.rfc-editor.org/rfc/rfc6724#section-6
#[derive(Clone, Debug)]
pub struct HickoryResolver {
    resolver: TokioResolver,
    addresses_max: usize,
}

impl HickoryResolver {
    /// Asks the name servers of `/etc/resolv.conf`, with its search list and options, after `/etc/hosts`. Both files are
    /// read now, blocking, and not again.
    ///
    /// # Errors
    ///
    /// `resolv.conf` cannot be read or understood.
    pub fn system(options: &HickoryOptions) -> io::Result<Self> {
        let mut builder = TokioResolver::builder_tokio().map_err(io_error)?;
        builder.options_mut().use_hosts_file = ResolveHosts::Always;
        Self::build(builder, options)
    }

    /// Asks these name servers and nothing else: no hosts file, no search list.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`]: there is no name server in the list.
    pub fn with_name_servers(
        name_servers: &[SocketAddr],
        options: &HickoryOptions,
    ) -> io::Result<Self> {
        if name_servers.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the list of name servers is empty",
            ));
        }
        let name_servers = name_servers.iter().map(name_server).collect();
        let mut builder = TokioResolver::builder_with_config(
            ResolverConfig::from_name_servers(name_servers),
            TokioRuntimeProvider::default(),
        );
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        Self::build(builder, options)
    }

    fn build(
        mut builder: hickory_resolver::ResolverBuilder<TokioRuntimeProvider>,
        options: &HickoryOptions,
    ) -> io::Result<Self> {
        let resolver = builder.options_mut();
        resolver.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
        resolver.cache_size = options.cached_responses_max;
        Ok(Self {
            resolver: builder.build().map_err(io_error)?,
            addresses_max: options.addresses_max,
        })
    }
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    NameServerConfig::new(address.ip(), true, connections)
}

impl Resolve for HickoryResolver {
    fn lookup<'a>(&'a self, name: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move {
            let found = self.resolver.lookup_ip(name).await.map_err(io_error)?;
            let addresses = found.iter().map(|ip| SocketAddr::new(ip, port));
            Ok(first_of_each_family(addresses, self.addresses_max))
        })
    }
}

fn io_error(error: NetError) -> io::Error {
    let kind = match &error {
        NetError::Io(error) => error.kind(),
        NetError::Timeout => io::ErrorKind::TimedOut,
        error if error.is_no_records_found() => io::ErrorKind::NotFound,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
