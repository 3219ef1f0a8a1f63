//! Source files.

use crate::plan::ExportPlan;
use crate::table::Source;

/// The reader of the source file of `plan`.
pub fn open(_plan: &ExportPlan) -> Box<dyn Source> {
    todo!()
}
