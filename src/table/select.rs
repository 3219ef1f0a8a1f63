//! Which columns of a table are exported, and as what.

use std::collections::HashSet;

use arrow::datatypes::DataType;

use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;

/// What a config says of the columns.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The columns to export, in this order; `None` for all.
    pub selectors: Option<Vec<String>>,
    /// Types by column.
    pub schema: Vec<(String, DataType)>,
}

impl Selection {
    pub fn of(plan: &ExportPlan) -> Self {
        Selection { selectors: plan.selectors.clone(), schema: plan.schema.clone() }
    }

    /// The places in `names` of the columns to export, in order.
    ///
    /// Fails with [`Code::SourceDuplicateColumn`], and with [`Code::ConfigUnknownColumn`] at a selector or a type
    /// for a column that is not there.
    pub fn indexes(&self, names: &[&str]) -> Result<Vec<usize>> {
        let mut known = HashSet::with_capacity(names.len());
        if let Some(twice) = names.iter().find(|name| !known.insert(**name)) {
            let message = "the table has two columns of this name";
            return Err(Error::new(Code::SourceDuplicateColumn, message).in_column(*twice));
        }
        if let Some((name, _)) = self.schema.iter().find(|(name, _)| !known.contains(name.as_str())) {
            return Err(unknown(format!("schema.{name}"), name));
        }
        let Some(selectors) = &self.selectors else { return Ok((0..names.len()).collect()) };
        let place = |(index, selector): (usize, &String)| {
            let found = names.iter().position(|name| name == selector);
            found.ok_or_else(|| unknown(format!("selectors[{index}]"), selector))
        };
        selectors.iter().enumerate().map(place).collect()
    }

    /// The type that `schema` gives a column.
    pub fn target(&self, name: &str) -> Option<&DataType> {
        self.schema.iter().find(|(column, _)| column == name).map(|(_, data_type)| data_type)
    }
}

fn unknown(field: String, column: &str) -> Error {
    let message = format!("{field} names a column that the table does not have");
    Error::new(Code::ConfigUnknownColumn, message).at_field(field).in_column(column)
}
