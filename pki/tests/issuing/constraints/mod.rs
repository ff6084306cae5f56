//! Name constraints: as text, as sets of names, as an extension, and before anything is signed.

mod chain;
mod der;
mod matching;
mod text;
