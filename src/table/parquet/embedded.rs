//! The Arrow schema that writers of Arrow tables put into a file's metadata.

use arrow::datatypes::Schema;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::corrupt;
use crate::error::Result;
use crate::table::ipc::message::{Header, Message};
use crate::table::ipc::schema;

/// The schema that such a text says.
pub fn schema(text: &str) -> Result<Schema> {
    let broken = || corrupt("the Arrow schema in its footer cannot be read");
    let bytes = STANDARD.decode(text).map_err(|_| broken())?;
    // The message may be behind a mark and its length.
    let message = if bytes.starts_with(&[0xFF; 4]) { bytes.get(8..).unwrap_or_default() } else { &bytes };
    let Ok(Header::Schema(schema)) = Message::read(message).map(|message| message.header) else {
        return Err(broken());
    };
    schema::read(&schema).map_err(|_| broken())
}
