//! An identity is checked when it is loaded, and tells what peers will object to.

mod chain;
mod encrypted;
mod findings;
mod issuer;
mod loading;
mod staple;
mod uses;
