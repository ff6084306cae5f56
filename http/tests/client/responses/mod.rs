//! Odd responses: each is given as it was meant, or refused by name, and never costs or answers another request.
//!
//! | file | holds |
//! |---|---|
//! | `odd.rs` | a server that says what it is told to, and what is made of that |
//! | `refused.rs` | what breaks a rule |
//! | `accepted.rs` | what is odd and means one thing only |
//! | `behind.rs` | what a server says behind a response |
//! | `cut.rs` | responses that end too early |
//! | `informational.rs` | what comes before the final response, or in its place |

mod accepted;
mod behind;
mod cut;
mod informational;
mod odd;
mod refused;
