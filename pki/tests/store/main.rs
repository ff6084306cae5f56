//! The CA's folder and its inventory.

mod audit;
mod backup;
mod child;
mod crashes;
mod folder;
mod import;
mod inventory;
mod offline;
mod opening;
mod pair;
mod peers;
mod support;
