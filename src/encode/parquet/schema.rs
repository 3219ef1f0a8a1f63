//! The columns of a file as Parquet describes them.

use arrow::datatypes::{DataType, Field, Fields, Schema};

use super::logical::{Logical, Primitive};
use super::order::Order;
use super::thrift::{self, Struct};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Physical {
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLenByteArray = 7,
}

/// A column of values. Groups of columns have several below them.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The names from the table's column down.
    pub path: Vec<String>,
    pub physical: Physical,
    pub order: Order,
    pub is_text: bool,
    /// The definition level of a value.
    pub max_definition: u16,
    /// How many lists it is in.
    pub max_repetition: u16,
}

impl Leaf {
    /// Bloom filters are not defined for booleans.
    pub fn can_be_filtered(&self) -> bool {
        self.physical != Physical::Boolean
    }
}

/// A schema, in the order in which Parquet lists it.
#[derive(Debug, Default)]
pub struct FileSchema {
    /// Each node as the footer has it.
    pub nodes: Vec<Vec<u8>>,
    pub leaves: Vec<Leaf>,
}

#[derive(Clone, Copy)]
enum Repetition {
    Required = 0,
    Optional = 1,
    Repeated = 2,
}

/// The place of a node below others.
#[derive(Clone, Default)]
struct Above {
    path: Vec<String>,
    definition: u16,
    repetition: u16,
}

impl FileSchema {
    /// Of a schema that [`super::layout::file_schema`] gives.
    pub fn of(schema: &Schema) -> Self {
        let mut file = FileSchema::default();
        file.node(|s| {
            s.binary(4, b"schema");
            s.i32(5, schema.fields().len() as i32);
        });
        file.fields(schema.fields(), &Above::default());
        file
    }

    fn node(&mut self, fields: impl FnOnce(&mut Struct)) {
        let mut node = Vec::new();
        thrift::structure(&mut node, fields);
        self.nodes.push(node);
    }

    fn fields(&mut self, fields: &Fields, above: &Above) {
        fields.iter().for_each(|field| self.field(field, above));
    }

    fn group(&mut self, name: &str, repetition: Repetition, children: usize, logical: Option<Logical>) {
        self.node(|s| {
            s.i32(3, repetition as i32);
            s.binary(4, name.as_bytes());
            s.i32(5, children as i32);
            if let Some(logical) = logical {
                logical.write(s);
            }
        });
    }

    fn field(&mut self, field: &Field, above: &Above) {
        let repetition = if field.is_nullable() { Repetition::Optional } else { Repetition::Required };
        let at = above.below(field.name(), repetition);
        match field.data_type() {
            DataType::Struct(fields) => {
                self.group(field.name(), repetition, fields.len(), None);
                self.fields(fields, &at);
            }
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                self.group(field.name(), repetition, 1, Some(Logical::List));
                self.group("list", Repetition::Repeated, 1, None);
                self.field(item, &at.below("list", Repetition::Repeated));
            }
            DataType::Map(entries, _) => {
                let DataType::Struct(fields) = entries.data_type() else { return };
                self.group(field.name(), repetition, 1, Some(Logical::Map));
                self.group(entries.name(), Repetition::Repeated, fields.len(), None);
                self.fields(fields, &at.below(entries.name(), Repetition::Repeated));
            }
            data_type => self.leaf(field.name(), repetition, data_type, at),
        }
    }

    fn leaf(&mut self, name: &str, repetition: Repetition, data_type: &DataType, at: Above) {
        let Primitive { physical, length, logical, order } = Primitive::of(data_type);
        self.node(|s| {
            s.i32(1, physical as i32);
            if let Some(length) = length {
                s.i32(2, length as i32);
            }
            s.i32(3, repetition as i32);
            s.binary(4, name.as_bytes());
            if let Some(logical) = logical {
                logical.write(s);
            }
        });
        self.leaves.push(Leaf {
            path: at.path,
            physical,
            order,
            is_text: matches!(logical, Some(Logical::String)),
            max_definition: at.definition,
            max_repetition: at.repetition,
        });
    }
}

impl Above {
    fn below(&self, name: &str, repetition: Repetition) -> Above {
        let path = self.path.iter().map(String::as_str).chain([name]).map(str::to_owned).collect();
        let definition = self.definition + !matches!(repetition, Repetition::Required) as u16;
        Above {
            path,
            definition,
            repetition: self.repetition + matches!(repetition, Repetition::Repeated) as u16,
        }
    }
}
