//! The rows of a file: the exported columns of one row group after the other, a batch at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Schema, TimeUnit};
use bytes::Bytes;

use super::chunk::{Chunk, Layout};
use super::column::{Column, Room};
use super::flaw::{Flaw, Place};
use super::metadata::{Codec, Metadata, Physical, RowGroup};
use super::schema::{self, Kind, Leaf, Node};
use super::{arrays, assemble, corrupt, embedded};
use crate::error::{Code, Error, Result};
use crate::table::declared::Declared;
use crate::table::select::Selection;

/// Rows of a batch at most; fewer where rows are wide.
const BATCH_ROWS: usize = 8192;
/// Bytes of a batch, as far as the footer tells how wide rows are.
const BATCH_BYTES: u64 = 4 << 20;

pub struct Rows {
    metadata: Metadata,
    declared: Declared,
    /// The exported fields, in the order in which they are exported.
    nodes: Vec<Node>,
    memory_limit: usize,
    batch_rows: usize,
    /// Row groups that have been begun, or were passed over.
    groups: usize,
    /// The columns of the row group that is being read, in the order of those of `nodes`; and what they hold.
    columns: Vec<Column>,
    chunk_bytes: usize,
    /// Rows of that row group that have not been read.
    left: u64,
    /// Rows read or passed over, those passed over, and rows of the file.
    pub read: u64,
    pub passed: u64,
    pub total: u64,
    is_given: bool,
}

pub enum Next {
    Need(Vec<Range<u64>>),
    Batch(RecordBatch),
    End,
}

impl Rows {
    pub fn new(metadata: Metadata, selection: &Selection, memory_limit: usize) -> Result<Self> {
        let embedded = metadata.arrow_schema.as_deref().map(embedded::schema).transpose()?;
        let mut nodes = schema::fields(&metadata.root, embedded.as_ref().map(Schema::fields))?;
        nodes.iter_mut().for_each(|node| in_nanoseconds(node, selection));
        let fields = nodes.iter().map(|node| node.field.clone()).collect::<Vec<_>>();
        let declared = Declared::new(selection, &Schema::new(fields))?;
        let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
        let nodes = declared.indexes().iter().filter_map(|index| nodes[*index].take()).collect();
        let total = metadata.rows as u64;
        let mut rows = Rows {
            metadata,
            declared,
            nodes,
            memory_limit,
            batch_rows: 0,
            groups: 0,
            columns: Vec::new(),
            chunk_bytes: 0,
            left: 0,
            read: 0,
            passed: 0,
            total,
            is_given: false,
        };
        rows.judge_codecs()?;
        rows.batch_rows = rows.fitting_rows();
        Ok(rows)
    }

    /// Passes over the row groups that end before this row, or at it, and have not to be read.
    pub fn pass(&mut self, start: u64) {
        while let Some(group) = self.metadata.groups.get(self.groups)
            && self.read + group.rows as u64 <= start
        {
            self.groups += 1;
            self.read += group.rows as u64;
        }
        self.passed = self.read;
    }

    fn leaves(&self) -> Vec<&Leaf> {
        let mut leaves = Vec::new();
        self.nodes.iter().for_each(|node| node.leaves(&mut leaves));
        leaves
    }

    /// Fails at a column that is compressed by something that is not here.
    fn judge_codecs(&self) -> Result<()> {
        for leaf in self.leaves() {
            for group in &self.metadata.groups {
                if let Codec::Brotli | Codec::Lzo = group.columns[leaf.column].codec {
                    let message =
                        "the parquet source has a column compressed with brotli or lzo, which cannot be read";
                    return Err(Error::new(Code::SourceUnsupported, message).in_column(leaf.path.as_str()));
                }
            }
        }
        Ok(())
    }

    /// Rows of about [`BATCH_BYTES`], by the widest row group.
    fn fitting_rows(&self) -> usize {
        let leaves = self.leaves();
        let width = |group: &RowGroup| {
            let sizes = leaves.iter().map(|leaf| group.columns[leaf.column].uncompressed.max(0) as u64);
            sizes.fold(0, u64::saturating_add) / (group.rows.max(1) as u64)
        };
        let widest = self.metadata.groups.iter().map(width).max().unwrap_or(0).max(1);
        ((BATCH_BYTES / widest) as usize).clamp(1, BATCH_ROWS)
    }

    /// The next batch, or what has to come before it.
    pub fn next(&mut self) -> Result<Next> {
        while self.left == 0 {
            self.end_group()?;
            let Some(group) = self.metadata.groups.get(self.groups) else { return self.end() };
            self.groups += 1;
            self.left = group.rows as u64;
            let leaves = self.leaves();
            if self.left > 0 && !leaves.is_empty() {
                let group = &self.metadata.groups[self.groups - 1];
                return Ok(Next::Need(leaves.iter().map(|leaf| range(group, leaf)).collect()));
            }
        }
        self.is_given = true;
        self.batch().map(Next::Batch)
    }

    /// The columns of the row group that was asked for, in the order of their ranges.
    pub fn push(&mut self, chunks: Vec<Bytes>) {
        let Some(group) = self.metadata.groups.get(self.groups.wrapping_sub(1)) else { return };
        let column = |(leaf, bytes): (&Leaf, Bytes)| {
            let layout = Layout {
                storage: leaf.storage,
                max_definition: leaf.max_definition,
                max_repetition: leaf.max_repetition,
            };
            let codec = group.columns[leaf.column].codec;
            Column::new(Chunk::new(bytes, codec, layout, self.memory_limit))
        };
        self.chunk_bytes = chunks.iter().map(Bytes::len).sum();
        self.columns = self.leaves().into_iter().zip(chunks).map(column).collect();
    }

    /// Bytes held: the row group as it is in the file, and its pages that are being read.
    pub fn held_bytes(&self) -> usize {
        self.chunk_bytes + self.columns.iter().map(Column::held_bytes).sum::<usize>()
    }

    /// Reads fewer rows where those of a batch take more than a quarter of the memory; a row may take all of it.
    fn batch(&mut self) -> Result<RecordBatch> {
        loop {
            let rows = self.batch_rows.min(usize::try_from(self.left).unwrap_or(usize::MAX));
            let room = if rows == 1 { self.memory_limit } else { self.memory_limit / 4 };
            let mut columns = self.columns.clone();
            match self.arrays(&mut columns, rows, Room(room)) {
                Ok(arrays) => {
                    let batch = self.declared.batch(&arrays, rows, self.read)?;
                    self.columns = columns;
                    self.left -= rows as u64;
                    self.read += rows as u64;
                    return Ok(batch);
                }
                Err((Flaw::NoRoom, _)) if rows > 1 => self.batch_rows = rows / 2,
                Err(found) => return Err(self.error(found)),
            }
        }
    }

    /// The next rows of each exported field; a flaw comes with the column that has it.
    fn arrays(
        &self,
        columns: &mut [Column],
        rows: usize,
        mut room: Room,
    ) -> Result<Vec<ArrayRef>, (Flaw, Found<'_>)> {
        let most = room.0;
        let mut columns = columns.iter_mut();
        let mut arrays = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let (mut leaves, mut read) = (Vec::new(), Vec::new());
            node.leaves(&mut leaves);
            for (leaf, column) in leaves.into_iter().zip(&mut columns) {
                let found = |flaw| (flaw, Found::Column(leaf));
                let mut rows = column.read(leaf, rows, &mut room).map_err(found)?;
                let levels = std::mem::take(&mut rows.levels);
                read.push((arrays::array(leaf, rows).map_err(found)?, levels));
            }
            let found = |flaw| (flaw, Found::Field(node));
            let array = assemble::assemble(node, most, &mut read.into_iter()).map_err(found)?;
            if array.len() != rows {
                return Err(found(Flaw::Corrupt("a column has another number of rows than the others")));
            }
            arrays.push(array);
        }
        Ok(arrays)
    }

    fn error(&self, (flaw, found): (Flaw, Found)) -> Error {
        let (column, is_row) = match found {
            Found::Column(leaf) => (leaf.path.as_str(), leaf.slot_level == 0),
            Found::Field(node) => (node.field.name().as_str(), false),
        };
        flaw.at(&Place {
            column,
            row_group: self.groups - 1,
            first_row: is_row.then_some(self.read),
            memory_limit: self.memory_limit,
        })
    }

    fn end_group(&mut self) -> Result<()> {
        self.chunk_bytes = 0;
        let columns = std::mem::take(&mut self.columns);
        for (leaf, mut column) in self.leaves().into_iter().zip(columns) {
            column.end().map_err(|flaw| self.error((flaw, Found::Column(leaf))))?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Next> {
        if self.read != self.total {
            return Err(corrupt("its row groups have another number of rows than its footer says"));
        }
        Ok(if std::mem::replace(&mut self.is_given, true) {
            Next::End
        } else {
            Next::Batch(self.declared.no_rows())
        })
    }
}

/// Where a flaw is: in a column, or among those of a field.
enum Found<'a> {
    Column(&'a Leaf),
    Field(&'a Node),
}

fn range(group: &RowGroup, leaf: &Leaf) -> Range<u64> {
    let column = &group.columns[leaf.column];
    column.start as u64..(column.start + column.compressed) as u64
}

/// Has a column of 96-bit timestamps read as nanoseconds where that is what it is to become.
fn in_nanoseconds(node: &mut Node, selection: &Selection) {
    let Kind::Leaf(leaf) = &mut node.kind else { return };
    let target = selection.target(node.field.name());
    if let (Physical::Int96, Some(DataType::Timestamp(TimeUnit::Nanosecond, _))) =
        (leaf.storage.physical, target)
    {
        leaf.data_type = DataType::Timestamp(TimeUnit::Nanosecond, None);
        node.field = Arc::new(node.field.as_ref().clone().with_data_type(leaf.data_type.clone()));
    }
}
