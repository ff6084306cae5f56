//! Subjects as they are written on the command line: `CN=db,O=Example`, or a commonName alone.

use wharf_pki::Subject;

/// Reads attributes with commas between them; a backslash takes the next character as it is.
pub(crate) fn parse(text: &str) -> Result<Subject, String> {
    let mut subject = Subject::default();
    if !text.contains('=') {
        subject.common_name = text.to_owned();
        return Ok(subject);
    }
    for attribute in split(text) {
        let (name, value) = attribute
            .split_once('=')
            .ok_or_else(|| format!("`{attribute}` has no `=`"))?;
        let value = value.trim().to_owned();
        let taken = match name.trim().to_ascii_uppercase().as_str() {
            "CN" => &mut Some(std::mem::replace(&mut subject.common_name, value.clone())),
            "O" => &mut subject.organization.replace(value),
            "OU" => &mut subject.organizational_unit.replace(value),
            "L" => &mut subject.locality.replace(value),
            "ST" => &mut subject.state.replace(value),
            "C" => &mut subject.country.replace(value),
            other => return Err(format!("`{other}` is none of CN, O, OU, L, ST, C")),
        };
        if taken.as_ref().is_some_and(|before| !before.is_empty()) {
            return Err(format!("{} is there twice", name.trim()));
        }
    }
    Ok(subject)
}

fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            ',' => parts.push(String::new()),
            '\\' => parts
                .last_mut()
                .into_iter()
                .for_each(|part| part.extend(characters.next())),
            c => parts.last_mut().into_iter().for_each(|part| part.push(c)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_once_each() {
        let subject = parse(r"CN=db, O=Example\, Inc.,c=DE").unwrap();
        assert_eq!(subject.common_name, "db");
        assert_eq!(subject.organization.as_deref(), Some("Example, Inc."));
        assert_eq!(subject.country.as_deref(), Some("DE"));
        assert_eq!(parse("A build").unwrap(), Subject::new("A build"));
        for wrong in ["CN=a,CN=b", "O=a,O=b", "CN=a,b", "X=1"] {
            parse(wrong).unwrap_err();
        }
    }
}
