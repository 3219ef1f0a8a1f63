//! What the tests of jobs share. Each of them is a crate of its own, and none uses all of it.
#![allow(dead_code)]

pub mod azure;
pub mod google;
pub mod rows;
pub mod store;
pub mod world;
