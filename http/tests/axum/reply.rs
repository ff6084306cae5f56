//! Responses as a client reads them off the wire.

/// One response, its content without the framing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    fields: Vec<(String, String)>,
    pub(crate) content: Vec<u8>,
    pub(crate) trailers: Vec<(String, String)>,
}

impl Reply {
    /// The responses in these bytes, in their order. No request was HEAD.
    #[track_caller]
    pub(crate) fn all(mut bytes: &[u8]) -> Vec<Self> {
        let mut replies = Vec::new();
        while !bytes.is_empty() {
            replies.push(Self::take(&mut bytes));
        }
        replies
    }

    /// The only response in these bytes.
    #[track_caller]
    pub(crate) fn only(mut bytes: &[u8]) -> Self {
        let reply = Self::take(&mut bytes);
        assert_eq!(bytes.escape_ascii().to_string(), "", "behind {reply:?}");
        reply
    }

    /// The value of a field that is there once at most, by its name in lower case.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(field, _)| field == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert_eq!(values.next(), None, "another {name}");
        value
    }

    /// The content, which is text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.content).unwrap()
    }

    #[track_caller]
    fn take(bytes: &mut &[u8]) -> Self {
        let status_line = line(bytes);
        let status = status_line.strip_prefix("HTTP/1.1 ").expect(&status_line)[..3].parse();
        let mut reply = Self {
            status: status.unwrap(),
            fields: field_section(bytes),
            content: Vec::new(),
            trailers: Vec::new(),
        };
        if reply.status < 200 || [204, 304].contains(&reply.status) {
            return reply;
        }
        match (
            reply.field("transfer-encoding"),
            reply.field("content-length"),
        ) {
            (Some("chunked"), None) => loop {
                let size = usize::from_str_radix(&line(bytes), 16).unwrap();
                if size == 0 {
                    reply.trailers = field_section(bytes);
                    break;
                }
                let chunk = bytes.split_off(..size).expect("a whole chunk");
                reply.content.extend_from_slice(chunk);
                assert_eq!(line(bytes), "", "behind a chunk");
            },
            (None, Some(length)) => {
                let length = length.parse().unwrap();
                reply.content = bytes.split_off(..length).expect("all content").to_vec();
            }
            (None, None) => reply.content = std::mem::take(bytes).to_vec(),
            framing => panic!("{framing:?}"),
        }
        reply
    }
}

/// Takes a line, and its CRLF.
#[track_caller]
fn line(bytes: &mut &[u8]) -> String {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n");
    let end = end.unwrap_or_else(|| panic!("no line in {}", bytes.escape_ascii()));
    let line = &bytes[..end];
    *bytes = &bytes[end + 2..];
    str::from_utf8(line).unwrap().to_owned()
}

/// Takes field lines, and the empty one behind them.
#[track_caller]
fn field_section(bytes: &mut &[u8]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    loop {
        let line = line(bytes);
        if line.is_empty() {
            return fields;
        }
        let (name, value) = line.split_once(": ").expect("a field");
        fields.push((name.to_ascii_lowercase(), value.to_owned()));
    }
}
