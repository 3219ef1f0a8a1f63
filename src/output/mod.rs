//! Bytes out: blocks of rows, files, parts.

pub mod blocks;
mod file;
pub mod measure;
pub mod parts;
pub mod rotate;

pub use file::FileTotals;
pub use parts::Part;
pub use rotate::{Output, Rotator};
