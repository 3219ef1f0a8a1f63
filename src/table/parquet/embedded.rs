//! The Arrow schema that writers of Arrow tables put into a file's metadata.

use arrow::datatypes::Schema;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parquet::file::metadata::FileMetaData;

use super::corrupt;
use crate::error::Result;
use crate::table::ipc::message::{Header, Message};
use crate::table::ipc::schema;

const KEY: &str = "ARROW:schema";

/// The schema, where there is one.
pub fn schema(metadata: &FileMetaData) -> Result<Option<Schema>> {
    let pairs = metadata.key_value_metadata().into_iter().flatten();
    let Some(text) = pairs.filter(|pair| pair.key == KEY).find_map(|pair| pair.value.as_ref()) else {
        return Ok(None);
    };
    let broken = || corrupt("the Arrow schema in its footer cannot be read");
    let bytes = STANDARD.decode(text).map_err(|_| broken())?;
    // The message may be behind a mark and its length.
    let message = if bytes.starts_with(&[0xFF; 4]) { bytes.get(8..).unwrap_or_default() } else { &bytes };
    let Ok(Header::Schema(schema)) = Message::read(message).map(|message| message.header) else {
        return Err(broken());
    };
    schema::read(&schema).map(Some).map_err(|_| broken())
}
