//! Who a peer is, and whether the rules let it in.

mod identity;
mod patterns;
mod presented;
mod rules;
mod spiffe;
