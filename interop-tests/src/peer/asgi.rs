use std::path::PathBuf;

use super::http::HttpServer;
use super::languages::{peers_folder, program};
use super::{require, skip};

/// uvicorn on one of the parsers `h11` and `httptools`; `options` are further ones of `interop-tests/peers/asgi.py`.
#[track_caller]
pub fn uvicorn_server(parser: &str, options: &[&str]) -> Option<HttpServer> {
    let python = require("python3", "python3")?;
    let folder = peers_folder().filter(|folder| folder.join("uvicorn").is_dir());
    if folder.is_none() {
        skip("uvicorn is not here (cargo xtask peers)");
    }
    let parser_option = format!("http={parser}");
    let words = [
        python,
        "-I".into(),
        "-B".into(),
        program("asgi.py"),
        folder?,
    ];
    let options = [parser_option.as_str()]
        .into_iter()
        .chain(options.iter().copied());
    Some(HttpServer {
        name: format!("uvicorn on {parser}"),
        command: words
            .into_iter()
            .chain(options.map(PathBuf::from))
            .collect(),
    })
}
