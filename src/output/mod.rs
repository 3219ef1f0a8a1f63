//! Bytes out: blocks of rows, files, parts.

pub mod blocks;
pub mod measure;
pub mod parts;
pub mod rotate;

pub use parts::Part;
pub use rotate::{FileTotals, Output, Rotator};
