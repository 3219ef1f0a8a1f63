//! Bytes out: blocks of rows, files, parts.

pub mod blocks;
mod measure;
