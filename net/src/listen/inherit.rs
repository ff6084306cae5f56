//! Sockets that a service manager opened for us ([sd_listen_fds(3)]): `LISTEN_FDS` descriptors from number 3 on, named
//! by `LISTEN_FDNAMES`, for the process `LISTEN_PID`.
//!
//! The variables are read when an endpoint asks for such a socket, and then once: a descriptor has one owner.
//!
//! [sd_listen_fds(3)]: https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The number of the first descriptor, by the protocol.
const FIRST: usize = 3;
/// What the protocol calls a descriptor without a name.
const UNKNOWN: &str = "unknown";

struct Descriptor {
    number: usize,
    name: String,
    /// `None` once it has been taken.
    owned: Option<OwnedFd>,
}

static HANDED_OVER: OnceLock<Result<Mutex<Vec<Descriptor>>, sd_listen_fds::Error>> =
    OnceLock::new();

/// Every socket of that name, or the one with that number.
pub(super) fn take(name: &str) -> io::Result<Vec<OwnedFd>> {
    let handed_over = HANDED_OVER.get_or_init(|| sd_listen_fds::get().map(named).map(Mutex::new));
    let handed_over = handed_over
        .as_ref()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.clone()))?;
    let mut descriptors = handed_over.lock().unwrap_or_else(PoisonError::into_inner);
    take_from(&mut descriptors, name)
}

fn named(descriptors: Vec<(Option<String>, sd_listen_fds::OwnedFd)>) -> Vec<Descriptor> {
    descriptors
        .into_iter()
        .enumerate()
        .map(|(at, (name, descriptor))| Descriptor {
            number: FIRST + at,
            name: name.unwrap_or_else(|| UNKNOWN.to_owned()),
            owned: Some(descriptor.into_std()),
        })
        .collect()
}

fn take_from(descriptors: &mut [Descriptor], name: &str) -> io::Result<Vec<OwnedFd>> {
    let number = name.parse::<usize>().ok();
    let wanted =
        |descriptor: &Descriptor| descriptor.name == name || Some(descriptor.number) == number;
    if !descriptors.iter().any(wanted) {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            missing(descriptors),
        ));
    }
    let taken: Vec<OwnedFd> = descriptors
        .iter_mut()
        .filter(|descriptor| wanted(descriptor))
        .filter_map(|descriptor| descriptor.owned.take())
        .collect();
    if taken.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "the descriptor was taken before",
        ));
    }
    Ok(taken)
}

fn missing(descriptors: &[Descriptor]) -> String {
    if descriptors.is_empty() {
        return "this process was handed no descriptors (LISTEN_FDS and LISTEN_PID)".to_owned();
    }
    let names: Vec<_> = descriptors
        .iter()
        .map(|descriptor| format!("{} ({})", descriptor.name, descriptor.number))
        .collect();
    format!(
        "no descriptor of that name was handed over; there are: {}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptors(names: &[&str]) -> Vec<Descriptor> {
        let open = || std::fs::File::open("/dev/null").unwrap().into();
        names
            .iter()
            .enumerate()
            .map(|(at, name)| Descriptor {
                number: FIRST + at,
                name: (*name).to_owned(),
                owned: Some(open()),
            })
            .collect()
    }

    #[test]
    fn a_name_takes_all_its_descriptors_once() {
        let mut all = descriptors(&["http", "admin", "http"]);
        assert_eq!(take_from(&mut all, "http").unwrap().len(), 2);
        let again = take_from(&mut all, "http").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AddrInUse);
        assert_eq!(take_from(&mut all, "4").unwrap().len(), 1);
    }

    #[test]
    fn a_missing_name_is_told_with_those_that_are_there() {
        let error = take_from(&mut descriptors(&["http", "admin"]), "web").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no descriptor of that name was handed over; there are: http (3), admin (4)"
        );
        let error = take_from(&mut [], "web").unwrap_err();
        assert!(error.to_string().contains("LISTEN_FDS"), "{error}");
    }
}
