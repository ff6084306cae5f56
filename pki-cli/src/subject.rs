//! A distinguished name as it is typed: `CN=api.test,O=Example`, or with slashes as OpenSSL has it: `/O=Example/CN=api.test`; or a
//! commonName alone.

use wharf_pki::subject::Subject;

/// Reads one. A backslash takes the next character as it is; the order does not matter, each attribute may be there once.
pub(crate) fn parse(text: &str) -> Result<Subject, String> {
    if !text.contains('=') {
        return Ok(Subject::new(text));
    }
    let (text, separator) = match text.strip_prefix('/') {
        Some(rest) => (rest, '/'),
        None => (text, ','),
    };
    let mut subject = Subject::new("");
    let mut seen = Vec::new();
    for part in split(text, separator) {
        let (name, value) = part
            .split_once('=')
            .ok_or("write NAME=VALUE,…, as in CN=api.test,O=Example")?;
        let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_owned());
        match name.as_str() {
            "CN" => subject.common_name = value,
            "O" => subject.organization = Some(value),
            "OU" => subject.organizational_unit = Some(value),
            "L" => subject.locality = Some(value),
            "ST" => subject.state = Some(value),
            "C" => subject.country = Some(value),
            _ => return Err("the attributes are CN, O, OU, L, ST and C".into()),
        }
        if seen.contains(&name) {
            return Err(format!("{name} is there twice"));
        }
        seen.push(name);
    }
    if subject.common_name.is_empty() {
        return Err("there is no CN".into());
    }
    Ok(subject)
}

/// The parts between separators that no backslash stands before.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => letters.next(),
            letter if letter == separator => {
                parts.push(String::new());
                continue;
            }
            letter => Some(letter),
        };
        if let Some(part) = parts.last_mut() {
            part.extend(letter);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_in_both_forms() {
        let expected = Subject {
            organization: Some("A, B/C".into()),
            country: Some("DE".into()),
            ..Subject::new("api.test")
        };
        assert_eq!(parse(r"CN=api.test, O=A\, B/C, C=DE"), Ok(expected.clone()));
        assert_eq!(parse(r"/C=DE/O=A, B\/C/CN=api.test"), Ok(expected));
        assert_eq!(parse("A build"), Ok(Subject::new("A build")));
    }

    #[test]
    fn what_is_no_subject_is_refused() {
        for (text, part) in [
            ("CN=a,b", "NAME=VALUE"),
            ("O=Example", "no CN"),
            ("CN=a,CN=b", "twice"),
            ("CN=a,UID=b", "attributes are"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
