//! Export a table that lives in a web page or an edge worker to an object store.
//!
//! The folders are the way of the data: [`table`] makes record batches of what a caller has, [`encode`] turns
//! them into the bytes of a file, [`compress`] wraps those, [`output`] cuts files and parts, [`checksum`]
//! sums their bytes, [`upload`] says what a store must be asked, and [`job`] drives it all, one [`job::Action`] at a time, without doing any I/O itself.
//! [`api`] says the same in the words of four server APIs.

#[cfg(feature = "api")]
pub mod api;
pub mod checksum;
pub mod compress;
pub mod encode;
pub mod error;
pub mod job;
mod numbered;
pub mod output;
pub mod plan;
mod scan;
pub mod table;
pub mod upload;
mod wide;

#[cfg(any(target_arch = "wasm32", boundary))]
mod js;

pub use error::{Code, Error, Place, Result};
pub use plan::ExportPlan;
