//! Which columns are exported, and the types that `schema` gives them.

use std::collections::HashSet;

use arrow::datatypes::DataType;

use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;

/// `selectors` and `schema`, until the columns are known.
#[derive(Debug, Clone)]
pub struct Selection {
    selectors: Option<Vec<String>>,
    schema: Vec<(String, DataType)>,
}

impl Selection {
    pub fn new(plan: &ExportPlan) -> Self {
        Selection { selectors: plan.selectors.clone(), schema: plan.schema.clone() }
    }

    /// The type that `schema` gives a column.
    pub fn type_of(&self, column: &str) -> Option<&DataType> {
        self.schema.iter().find(|(name, _)| name == column).map(|(_, data_type)| data_type)
    }

    /// The columns to export of rows in which those of `names` were seen. A row may lack any column, so `schema`
    /// adds the ones that no row has yet; where nothing was seen, `selectors` add theirs too.
    pub fn of_rows(&self, names: &[&str]) -> Result<Vec<String>> {
        let mut known: Vec<&str> = names.to_vec();
        let mut set: HashSet<&str> = known.iter().copied().collect();
        let selected = self.selectors.iter().flatten().map(String::as_str);
        let declared = self.schema.iter().map(|(name, _)| name.as_str());
        let unseen = declared.chain(selected.filter(|_| names.is_empty()));
        known.extend(unseen.filter(|name| set.insert(name)));
        let indexes = self.select(&known)?;
        Ok(indexes.into_iter().map(|index| known[index].to_owned()).collect())
    }

    /// The indexes of the columns to export of a source that states all its columns.
    pub fn of_declared(&self, names: &[&str]) -> Result<Vec<usize>> {
        refuse_duplicates(names)?;
        let known: HashSet<&str> = names.iter().copied().collect();
        if let Some((name, _)) = self.schema.iter().find(|(name, _)| !known.contains(name.as_str())) {
            return Err(unknown(&format!("schema.{name}"), name));
        }
        self.select(names)
    }

    fn select(&self, names: &[&str]) -> Result<Vec<usize>> {
        let Some(selectors) = &self.selectors else { return Ok((0..names.len()).collect()) };
        let find = |(index, selector): (usize, &String)| {
            let position = names.iter().position(|name| name == selector);
            position.ok_or_else(|| unknown(&format!("selectors[{index}]"), selector))
        };
        selectors.iter().enumerate().map(find).collect()
    }
}

pub fn refuse_duplicates(names: &[&str]) -> Result<()> {
    let mut seen = HashSet::with_capacity(names.len());
    match names.iter().find(|name| !seen.insert(**name)) {
        None => Ok(()),
        Some(name) => {
            let message = "two columns of the source have this name";
            Err(Error::new(Code::SourceDuplicateColumn, message).in_column(*name))
        }
    }
}

fn unknown(field: &str, column: &str) -> Error {
    let message = format!("{field} names a column that the source does not have");
    Error::new(Code::ConfigUnknownColumn, message).at_field(field).in_column(column)
}
