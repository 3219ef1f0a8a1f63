//! The Arrow schema in a file's metadata: what Parquet's own types do not say, for readers that know Arrow.

use arrow::datatypes::Schema;
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The key under which Arrow's readers look.
pub const KEY: &str = "ARROW:schema";

/// An encapsulated IPC message, as base64.
pub fn encoded(schema: &Schema) -> String {
    let mut tracker = DictionaryTracker::new(false);
    let message = IpcDataGenerator::default()
        .schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, &IpcWriteOptions::default())
        .ipc_message;
    let length = (message.len() as u32).to_le_bytes();
    BASE64_STANDARD.encode([&[0xff; 4], &length[..], &message].concat())
}
