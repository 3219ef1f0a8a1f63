//! From the kinds of values that were seen to the type of a column.

use serde::{Deserialize, Serialize};

/// What was seen in one column, or in one place of a nested one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// The first row in which each kind was seen.
    pub kinds: Vec<(Kind, u64)>,
    /// Of the items, where lists were seen.
    pub items: Option<Box<Observation>>,
    /// Of the fields, in order of first appearance, where objects were seen.
    pub fields: Vec<(String, Observation)>,
}

/// The kinds of values that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Null,
    Boolean,
    /// An integer within 32 bits, not -0.
    Int32,
    /// An integer beyond 32 bits and within 2^53, so that a float holds it exactly.
    Int53,
    /// An integer beyond 2^53 within a signed 64 bits.
    Int64,
    /// An integer beyond a signed 64 bits, within an unsigned.
    Uint64,
    /// Any other number: a fraction, -0, NaN, an infinity, a Number beyond 2^53.
    Float,
    String,
    /// A point in time in milliseconds: a JavaScript Date.
    Date,
    Binary,
    List,
    Struct,
}

/// A column as the driver knows it: its name, the text of its type, and whether it may hold nulls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
}
