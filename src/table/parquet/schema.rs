//! The columns of a file as Arrow's: how groups are structs, lists and maps, and at which levels each is there.
//!
//! Lists and maps are found by the specification's rules, those for files of before there were rules among them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields};

use super::annotation::Annotation;
use super::corrupt;
use super::metadata::{Element, Physical, Repetition};
use super::types::leaf_type;
use super::values::Storage;
use crate::error::{Code, Error, Result};
use crate::table::infer::{field_path, item_path};
use crate::table::types::{KEY, MAX_DEPTH, VALUE};

/// A field, and the levels at which it is there.
#[derive(Debug)]
pub struct Node {
    pub field: FieldRef,
    /// The definition level from which on it is not null.
    pub level: u8,
    pub kind: Kind,
}

#[derive(Debug)]
pub enum Kind {
    Leaf(Box<Leaf>),
    Struct(Vec<Node>),
    /// A list, whose items are at this repetition level; a map is a list of structs.
    List {
        item: Box<Node>,
        repetition: u8,
    },
}

/// A column of the file.
#[derive(Debug)]
pub struct Leaf {
    /// Its place among them.
    pub column: usize,
    /// As errors name it.
    pub path: String,
    pub storage: Storage,
    pub data_type: DataType,
    pub max_definition: u8,
    pub max_repetition: u8,
    /// The definition level from which on the innermost list has an item; 0 where it is in no list.
    pub slot_level: u8,
    /// Whether it is within no other field.
    pub is_root: bool,
}

impl Leaf {
    /// How many of these levels are those of values.
    pub fn present(&self, levels: &[u8]) -> usize {
        levels.iter().filter(|level| **level == self.max_definition).count()
    }

    /// Bytes of a slot, but for those of values of any length.
    pub fn slot_size(&self) -> usize {
        match self.storage.physical {
            Physical::Boolean => 1,
            Physical::ByteArray => 4,
            _ => self.storage.width,
        }
    }
}

impl Node {
    /// The columns that it is made of, in the order of the file.
    pub fn leaves<'a>(&'a self, into: &mut Vec<&'a Leaf>) {
        match &self.kind {
            Kind::Leaf(leaf) => into.push(leaf),
            Kind::Struct(children) => children.iter().for_each(|child| child.leaves(into)),
            Kind::List { item, .. } => item.leaves(into),
        }
    }
}

/// The fields of a file; `embedded` are those of its Arrow schema, where it has one.
pub fn fields(root: &Element, embedded: Option<&Fields>) -> Result<Vec<Node>> {
    let mut reader = Reader { columns: 0 };
    let at = At { level: 0, repetition: 0, slot_level: 0, depth: 0, is_root: true };
    reader.children(&root.children, embedded, &at, |name| name.to_owned())
}

struct Reader {
    /// Columns met so far.
    columns: usize,
}

/// What a field is within.
#[derive(Clone, Copy)]
struct At {
    level: u8,
    repetition: u8,
    slot_level: u8,
    depth: usize,
    is_root: bool,
}

impl At {
    fn optional(self) -> At {
        At { level: self.level + 1, ..self }
    }

    fn item(self) -> At {
        let level = self.level + 1;
        At { level, repetition: self.repetition + 1, slot_level: level, depth: self.depth, is_root: false }
    }

    fn deeper(self) -> At {
        At { depth: self.depth + 1, is_root: false, ..self }
    }
}

impl Reader {
    fn children(
        &mut self,
        children: &[Element],
        embedded: Option<&Fields>,
        at: &At,
        path: impl Fn(&str) -> String,
    ) -> Result<Vec<Node>> {
        let is_same = |embedded: &&Fields| {
            embedded.len() == children.len()
                && embedded.iter().zip(children).all(|(a, b)| *a.name() == b.name)
        };
        let embedded = embedded.filter(is_same);
        let child = |(index, child): (usize, &Element)| {
            self.field(child, *at, embedded.map(|fields| fields[index].as_ref()), path(&child.name))
        };
        children.iter().enumerate().map(child).collect()
    }

    /// Any field; one that is repeated by itself is a list that is never null, of items that are not.
    fn field(&mut self, of: &Element, at: At, hint: Option<&Field>, path: String) -> Result<Node> {
        if at.depth >= MAX_DEPTH {
            let message = "the parquet source has a column that is nested too deep to be read";
            return Err(Error::new(Code::SourceUnsupported, message).in_column(path));
        }
        match of.repetition {
            Repetition::Required => self.present(of, at, false, hint, path),
            Repetition::Optional => self.present(of, at.optional(), true, hint, path),
            Repetition::Repeated => {
                let item = self.present(of, at.item(), false, item_of(hint), item_path(&path))?;
                Ok(list(&of.name, item, at, false, hint))
            }
        }
    }

    /// A field that is there from `at.level` on, whatever its repetition.
    fn present(
        &mut self,
        of: &Element,
        at: At,
        nullable: bool,
        hint: Option<&Field>,
        path: String,
    ) -> Result<Node> {
        match (of.physical, of.annotation) {
            (Some(physical), _) => self.leaf(of, physical, at, nullable, hint, path),
            (None, Annotation::List) => self.list(of, at, nullable, hint, path),
            (None, Annotation::Map) => self.map(of, at, nullable, hint, path),
            (None, _) => self.group(of, at, nullable, hint, path),
        }
    }

    fn leaf(
        &mut self,
        of: &Element,
        physical: Physical,
        at: At,
        nullable: bool,
        hint: Option<&Field>,
        path: String,
    ) -> Result<Node> {
        let width = match physical {
            Physical::Int32 | Physical::Float => 4,
            Physical::Int64 | Physical::Double => 8,
            Physical::Int96 => 12,
            Physical::FixedLenByteArray => {
                let width = of.width.and_then(|width| usize::try_from(width).ok());
                width.ok_or_else(|| contradiction(&path))?
            }
            Physical::Boolean | Physical::ByteArray => 0,
        };
        let data_type = leaf_type(physical, of.annotation, width, hint.map(Field::data_type))
            .ok_or_else(|| contradiction(&path))?;
        let leaf = Leaf {
            column: self.columns,
            path,
            storage: Storage { physical, width },
            data_type: data_type.clone(),
            max_definition: at.level,
            max_repetition: at.repetition,
            slot_level: at.slot_level,
            is_root: at.is_root,
        };
        self.columns += 1;
        Ok(node(&of.name, data_type, nullable, hint, at.level, Kind::Leaf(Box::new(leaf))))
    }

    fn group(
        &mut self,
        of: &Element,
        at: At,
        nullable: bool,
        hint: Option<&Field>,
        path: String,
    ) -> Result<Node> {
        let embedded = hint.and_then(|hint| match hint.data_type() {
            DataType::Struct(fields) => Some(fields),
            _ => None,
        });
        let children = self.children(&of.children, embedded, &at.deeper(), |name| field_path(&path, name))?;
        let fields = children.iter().map(|child| child.field.clone()).collect();
        Ok(node(&of.name, DataType::Struct(fields), nullable, hint, at.level, Kind::Struct(children)))
    }

    fn list(
        &mut self,
        of: &Element,
        at: At,
        nullable: bool,
        hint: Option<&Field>,
        path: String,
    ) -> Result<Node> {
        let [repeated] = &of.children[..] else { return Err(contradiction(&path)) };
        if repeated.repetition != Repetition::Repeated {
            return Err(contradiction(&path));
        }
        let (inner, item_hint, items) = (at.item().deeper(), item_of(hint), item_path(&path));
        let item = match (sole_item(of, repeated), repeated.physical) {
            (None, Some(physical)) => self.leaf(repeated, physical, inner, false, item_hint, items)?,
            (None, None) => self.group(repeated, inner, false, item_hint, items)?,
            (Some(item), _) => self.field(item, inner, item_hint, items)?,
        };
        Ok(list(&of.name, item, at, nullable, hint))
    }

    fn map(
        &mut self,
        of: &Element,
        at: At,
        nullable: bool,
        hint: Option<&Field>,
        path: String,
    ) -> Result<Node> {
        let [entries] = &of.children[..] else { return Err(contradiction(&path)) };
        if entries.physical.is_some() || entries.repetition != Repetition::Repeated {
            return Err(contradiction(&path));
        }
        let [key, value] = &entries.children[..] else {
            // A map may have no values: it is the list of its keys.
            return self.list(of, at, nullable, hint, path);
        };
        if [key, value].iter().any(|part| part.repetition == Repetition::Repeated) {
            return Err(contradiction(&path));
        }
        let (entries_hint, is_sorted) = match hint.map(Field::data_type) {
            Some(DataType::Map(entries, is_sorted)) => (Some(entries.as_ref()), *is_sorted),
            _ => (None, false),
        };
        let hints = match entries_hint.map(Field::data_type) {
            Some(DataType::Struct(fields)) if fields.len() == 2 => Some(fields),
            _ => None,
        };
        let hint_of = |index: usize| hints.map(|fields| fields[index].as_ref());
        let (inner, items) = (at.item().deeper(), item_path(&path));
        let mut key = self.field(key, inner, hint_of(0), field_path(&items, KEY))?;
        let value = self.field(value, inner, hint_of(1), field_path(&items, VALUE))?;
        // Some writers say that keys may be null; in Arrow they are not.
        key.field = Arc::new(key.field.as_ref().clone().with_nullable(false));
        let fields = Fields::from(vec![key.field.clone(), value.field.clone()]);
        let kind = Kind::Struct(vec![key, value]);
        let entries = node(&entries.name, DataType::Struct(fields), false, entries_hint, inner.level, kind);
        let data_type = DataType::Map(entries.field.clone(), is_sorted);
        let kind = Kind::List { item: Box::new(entries), repetition: inner.repetition };
        Ok(node(&of.name, data_type, nullable, hint, at.level, kind))
    }
}

/// The only child of the repeated field of a list, where that is the item; `None` where the repeated field itself
/// is.
fn sole_item<'a>(list: &Element, repeated: &'a Element) -> Option<&'a Element> {
    if repeated.physical.is_some() {
        return None;
    }
    let [item] = &repeated.children[..] else { return None };
    let is_annotated = repeated.annotation == Annotation::List;
    let is_legacy = repeated.name == "array" || repeated.name.strip_suffix("_tuple") == Some(&list.name);
    let is_item = is_legacy && !is_annotated && item.repetition != Repetition::Repeated;
    if is_item { None } else { Some(item) }
}

fn item_of(hint: Option<&Field>) -> Option<&Field> {
    match hint?.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => Some(item),
        DataType::ListView(item) | DataType::LargeListView(item) => Some(item),
        _ => None,
    }
}

fn list(name: &str, item: Node, at: At, nullable: bool, hint: Option<&Field>) -> Node {
    let field = item.field.clone();
    let data_type = match hint.map(Field::data_type) {
        Some(DataType::LargeList(_) | DataType::LargeListView(_)) => DataType::LargeList(field),
        Some(DataType::FixedSizeList(_, length)) if *length >= 0 => DataType::FixedSizeList(field, *length),
        _ => DataType::List(field),
    };
    let kind = Kind::List { item: Box::new(item), repetition: at.repetition + 1 };
    node(name, data_type, nullable, hint, at.level, kind)
}

fn node(
    name: &str,
    data_type: DataType,
    nullable: bool,
    hint: Option<&Field>,
    level: u8,
    kind: Kind,
) -> Node {
    let field = Field::new(name, data_type, nullable);
    let metadata = hint.map(|hint| hint.metadata().clone()).unwrap_or_default();
    Node { field: Arc::new(field.with_metadata(metadata)), level, kind }
}

fn contradiction(path: &str) -> Error {
    corrupt("a column has a type that makes no sense").in_column(path)
}
