//! A field of the request, as it is given to `-H`.

use std::str::FromStr;

use http::header::{AUTHORIZATION, COOKIE, HOST, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What becomes of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldArg {
    Send(HeaderName, HeaderValue),
    LeaveOut(HeaderName),
}

/// ```text
/// Name: value        the field
/// Name;              the field, empty
/// Name:              no such field
/// ```
impl FromStr for FieldArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "a field is NAME: VALUE, `NAME:` leaves one out, `NAME;` is empty".to_owned();
        if let Some(name) = text.strip_suffix(';')
            && !name.contains(':')
        {
            let name = name.parse().map_err(|_| form())?;
            return Ok(Self::Send(name, HeaderValue::from_static("")));
        }
        let (name, value) = text.split_once(':').ok_or_else(form)?;
        let name: HeaderName = name.parse().map_err(|_| form())?;
        let value = value.trim_matches([' ', '\t']);
        if value.is_empty() {
            if name == HOST {
                return Err("no request of HTTP/1.1 is without Host".to_owned());
            }
            return Ok(Self::LeaveOut(name));
        }
        let value = HeaderValue::from_bytes(value.as_bytes());
        let mut value = value.map_err(|_| format!("{name}: there is a control character in it"))?;
        value.set_sensitive(is_secret(&name));
        Ok(Self::Send(name, value))
    }
}

/// Whether a field is not to be shown: who has it is taken for who was given it.
pub(super) fn is_secret(name: &HeaderName) -> bool {
    [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE].contains(name)
}

/// Puts what was given in place of what would be sent by default.
pub(super) fn apply(given: &[FieldArg], fields: &mut HeaderMap) {
    for field in given {
        let (FieldArg::Send(name, _) | FieldArg::LeaveOut(name)) = field;
        fields.remove(name);
    }
    for field in given {
        if let FieldArg::Send(name, value) = field {
            fields.append(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sent_sent_empty_or_left_out() {
        let parse = |text: &str| text.parse::<FieldArg>();
        let sent =
            |name: &str, value: &str| FieldArg::Send(name.parse().unwrap(), value.parse().unwrap());
        assert_eq!(parse("A: b: c ").unwrap(), sent("a", "b: c"));
        assert_eq!(parse("A:b;").unwrap(), sent("a", "b;"));
        assert_eq!(parse("A;").unwrap(), sent("a", ""));
        let left_out = FieldArg::LeaveOut("a".parse().unwrap());
        assert_eq!(parse("A: ").unwrap(), left_out);
        for text in ["A", "A B: c", ": c", "A: b\nc: d", "Host:", ""] {
            parse(text).unwrap_err();
        }
    }

    #[test]
    fn what_is_given_takes_the_place_of_the_default_and_stays_together() {
        let mut fields = HeaderMap::new();
        fields.insert("accept", "*/*".parse().unwrap());
        fields.insert("user-agent", "us".parse().unwrap());
        let given = ["Accept: a", "Accept: b", "User-Agent:"].map(|text| text.parse().unwrap());
        apply(&given, &mut fields);
        let values: Vec<_> = fields.get_all("accept").iter().collect();
        assert_eq!(values, ["a", "b"]);
        assert_eq!(fields.len(), 2);
    }
}
