//! Texts as values: what a cell of a csv file, or a string under a `schema` that asks for another type, says.
//! Strict: a text either is a value of the type exactly, or it is refused.

pub mod nearest;
pub mod number;
pub mod period;
pub mod time;
