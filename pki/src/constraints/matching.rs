//! Which names lie in a subtree. ASCII letters are the same in either case, except before the `@` of an e-mail address.

use super::subtree::Subtree;
use crate::name::{SubjectAltName, uri};

/// Whether every name that `name` stands for lies in `subtree`: the question for a permitted one.
pub(super) fn holds(subtree: &Subtree, name: &SubjectAltName) -> bool {
    match (subtree, name) {
        (Subtree::Dns(base), SubjectAltName::Dns(name)) => is_below(name, base),
        (Subtree::Ip(net), SubjectAltName::Ip(address)) => net.contains(address),
        (Subtree::Email(base), SubjectAltName::Email(address)) => has_mailbox(base, address),
        (Subtree::Uri(base), SubjectAltName::Uri(uri)) => {
            uri::host_name(uri).is_some_and(|host| has_host(base, &host))
        }
        _ => false,
    }
}

/// Whether some name that `name` stands for lies in `subtree`: the question for an excluded one.
pub(super) fn touches(subtree: &Subtree, name: &SubjectAltName) -> bool {
    if let (Subtree::Dns(base), SubjectAltName::Dns(name)) = (subtree, name)
        && let Some(domain) = name.strip_prefix("*.")
        && let Some((_, parent)) = base.split_once('.')
        && !base.starts_with('.')
        && parent.eq_ignore_ascii_case(domain)
    {
        // `*.a.test` matches `b.a.test`, which is the base.
        return true;
    }
    holds(subtree, name)
}

/// Whether every name of `inner` is one of `outer`.
pub(super) fn covers(outer: &Subtree, inner: &Subtree) -> bool {
    match (outer, inner) {
        (Subtree::Dns(outer), Subtree::Dns(inner)) => is_below(inner, outer),
        (Subtree::Ip(outer), Subtree::Ip(inner)) => outer.contains(inner),
        (Subtree::Email(outer), Subtree::Email(inner)) if inner.contains('@') => {
            has_mailbox(outer, inner)
        }
        (Subtree::Email(outer), Subtree::Email(inner))
        | (Subtree::Uri(outer), Subtree::Uri(inner)) => {
            outer.eq_ignore_ascii_case(inner) || outer.starts_with('.') && is_below(inner, outer)
        }
        _ => false,
    }
}

/// URI constraints apply to host names. A URI without one, or with an IP address, is refused under any of them
/// ([RFC 5280 §4.2.1.10]).
///
/// [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
pub(super) fn has_no_host(name: &SubjectAltName) -> bool {
    matches!(name, SubjectAltName::Uri(uri) if uri::host_name(uri).is_none())
}

/// DNS: zero or more labels more to the left, or with a leading dot one or more.
fn is_below(name: &str, base: &str) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.is_empty() || name == base {
        return true;
    }
    let Some(rest) = name.strip_suffix(&base) else {
        return false;
    };
    (base.starts_with('.') && !rest.is_empty()) || rest.ends_with('.')
}

/// E-mail: one mailbox, all of a host, or those of the hosts below a domain.
fn has_mailbox(base: &str, address: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            base_local == local && base_host.eq_ignore_ascii_case(host)
        }
        None => has_host(base, host),
    }
}

/// URI and e-mail: this host and none below it, or with a leading dot those below it and not the host itself.
fn has_host(base: &str, host: &str) -> bool {
    if base.starts_with('.') {
        is_below(host, base)
    } else {
        host.eq_ignore_ascii_case(base)
    }
}
