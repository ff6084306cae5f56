use std::net::IpAddr;

use rustls_pki_types::ServerName;

use super::Explanation;
use super::presented::Presented;
use super::text::quoted;

/// How many names of a certificate are shown.
const NAMES_MAX: usize = 6;

/// The certificate is for other names than the one that was asked for ([RFC 9525 §6]).
///
/// [RFC 9525 §6]: https://www.rfc-editor.org/rfc/rfc9525#section-6
pub(super) fn explain(wanted: &ServerName<'_>, found: Option<&Presented>) -> Explanation {
    let text = format!(
        "the server's certificate is not for {}",
        quoted(&wanted.to_str())
    );
    let Some(found) = found else {
        return Explanation::without_hint(text);
    };
    let text = format!("{text}, but for {}", names(found));
    match wanted {
        ServerName::DnsName(name) => Explanation::new(text, hint_for_name(name.as_ref(), found)),
        ServerName::IpAddress(address) => {
            Explanation::new(text, hint_for_address(IpAddr::from(*address), found))
        }
        _ => Explanation::without_hint(text),
    }
}

fn names(found: &Presented) -> String {
    let mut names: Vec<_> = found.dns_names.iter().map(|name| quoted(name)).collect();
    names.extend(found.addresses.iter().map(ToString::to_string));
    if names.is_empty() {
        return "no name at all".to_owned();
    }
    let more = names.len().saturating_sub(NAMES_MAX);
    names.truncate(NAMES_MAX);
    let mut text = names.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn hint_for_name(wanted: &str, found: &Presented) -> String {
    let wanted = wanted.trim_end_matches('.').to_ascii_lowercase();
    if let Some(common_name) = &found.common_name
        && common_name.eq_ignore_ascii_case(&wanted)
        && found.dns_names.is_empty()
    {
        return "its commonName is that name, which counts no longer: issue it with the name as subjectAltName".into();
    }
    for pattern in &found.dns_names {
        let Some(parent) = pattern.strip_prefix("*.") else {
            continue;
        };
        let parent = parent.to_ascii_lowercase();
        if wanted == parent {
            return format!(
                "{} stands for one label before {}, not for none: issue it with both names",
                quoted(pattern),
                quoted(&parent)
            );
        }
        if wanted.ends_with(&format!(".{parent}")) {
            return format!(
                "the asterisk of {} stands for one label only: issue it with the whole name",
                quoted(pattern)
            );
        }
    }
    if found.dns_names.is_empty() && !found.addresses.is_empty() {
        return "connect to one of its addresses, or issue it with the name too".into();
    }
    "connect under a name that it has, or issue it with this name too; a server of many names may know another by the \
     server name that we send"
        .into()
}

fn hint_for_address(wanted: IpAddr, found: &Presented) -> String {
    let wanted = wanted.to_string();
    if found.dns_names.contains(&wanted) || found.common_name.as_ref() == Some(&wanted) {
        return "the address is in it, but as a name: issue it with the address as iPAddress"
            .into();
    }
    "connect under a name that it has, or issue it with the address as iPAddress".into()
}
