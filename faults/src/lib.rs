//! A scripted bad network between two ends, for tests.

#![forbid(unsafe_code)]
