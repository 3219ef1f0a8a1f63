//! A column within a row group, read some rows at a time.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::{BooleanBuffer, NullBuffer};

use super::chunk::{Chunk, Page};
use super::flaw::{Decoded, Flaw};
use super::schema::Leaf;
use super::values::Values;

/// Levels that are decoded at once.
const LEVELS: usize = 2048;

const TOO_FEW: Flaw = Flaw::Corrupt("a column has fewer rows than its row group");

/// Where a column is being read. A clone goes on from the same place.
#[derive(Clone)]
pub struct Column {
    chunk: Chunk,
    page: Option<Page>,
    /// Levels of `page` that were decoded, from `at` on not taken.
    decoded: LevelPairs,
    at: usize,
}

/// Definition levels, and repetition levels where the column has some.
#[derive(Debug, Clone, Default)]
pub struct LevelPairs {
    pub definition: Vec<u8>,
    pub repetition: Vec<u8>,
}

/// Some rows of a column.
pub struct Rows {
    /// Without the nulls.
    pub values: Values,
    /// Nulls, and how many slots there are with them. A slot is what is in the innermost list, or a row.
    pub nulls: Option<NullBuffer>,
    pub slots: usize,
    /// Kept for what the column is within.
    pub levels: LevelPairs,
}

/// What a row may take, in bytes.
pub struct Room(pub usize);

impl Room {
    fn take(&mut self, count: usize, size: usize) -> Decoded<()> {
        let taken = count.checked_mul(size).and_then(|bytes| self.0.checked_sub(bytes));
        self.0 = taken.ok_or(Flaw::NoRoom)?;
        Ok(())
    }
}

impl Column {
    pub fn new(chunk: Chunk) -> Self {
        Column { chunk, page: None, decoded: LevelPairs::default(), at: 0 }
    }

    /// Bytes held besides those of the chunk.
    pub fn held_bytes(&self) -> usize {
        self.chunk.dictionary_size() + self.page.as_ref().map_or(0, |page| page.size)
    }

    /// The next `count` rows.
    pub fn read(&mut self, leaf: &Leaf, count: usize, room: &mut Room) -> Decoded<Rows> {
        let mut values = Values::new(leaf.storage, room.0);
        let rows = match leaf {
            Leaf { max_repetition: 1.., .. } => self.nested(leaf, count, values, room)?,
            Leaf { max_definition: 0, .. } => {
                self.required(leaf, count, &mut values, room)?;
                Rows { values, nulls: None, slots: count, levels: LevelPairs::default() }
            }
            Leaf { is_root: true, .. } => self.optional(leaf, count, values, room)?,
            _ => self.within_structs(leaf, count, values, room)?,
        };
        room.take(rows.values.data_size(), 1)?;
        Ok(rows)
    }

    /// Fails where there is more to read.
    pub fn end(&mut self) -> Decoded<()> {
        if self.has_page()? {
            Err(Flaw::Corrupt("a column has more rows than its row group"))
        } else {
            Ok(())
        }
    }

    /// Goes on to a page that has something left, where there is one.
    fn has_page(&mut self) -> Decoded<bool> {
        if self.page.as_ref().is_none_or(|page| page.left == 0) && self.at == self.decoded.definition.len() {
            self.page = None;
            self.page = self.chunk.next()?;
        }
        Ok(self.page.is_some())
    }

    fn page(&mut self) -> Decoded<&mut Page> {
        self.has_page()?;
        self.page.as_mut().ok_or(TOO_FEW)
    }

    fn required(
        &mut self,
        leaf: &Leaf,
        mut count: usize,
        values: &mut Values,
        room: &mut Room,
    ) -> Decoded<()> {
        room.take(count, leaf.slot_size())?;
        while count > 0 {
            let page = self.page()?;
            let some = count.min(page.left);
            page.values.read(some, values)?;
            page.left -= some;
            count -= some;
        }
        Ok(())
    }

    /// A column that may be null, and is within nothing: its levels are its validity.
    fn optional(&mut self, leaf: &Leaf, count: usize, mut values: Values, room: &mut Room) -> Decoded<Rows> {
        room.take(count, leaf.slot_size())?;
        let mut valid = BooleanBufferBuilder::new(count);
        while valid.len() < count {
            let page = self.page()?;
            let some = (count - valid.len()).min(page.left);
            let present = page.definition_levels.read_bits(some, &mut valid)?;
            page.values.read(present, &mut values)?;
            page.left -= some;
        }
        let nulls = Some(NullBuffer::new(valid.finish())).filter(|nulls| nulls.null_count() > 0);
        Ok(Rows { values, nulls, slots: count, levels: LevelPairs::default() })
    }

    fn within_structs(
        &mut self,
        leaf: &Leaf,
        count: usize,
        mut values: Values,
        room: &mut Room,
    ) -> Decoded<Rows> {
        room.take(count, leaf.slot_size() + 1)?;
        let mut levels = LevelPairs::default();
        while levels.definition.len() < count {
            let page = self.page()?;
            let first = levels.definition.len();
            let some = (count - first).min(page.left);
            page.definition_levels.read(some, &mut levels.definition)?;
            page.values.read(leaf.present(&levels.definition[first..]), &mut values)?;
            page.left -= some;
        }
        Ok(rows(leaf, values, levels))
    }

    /// A column within lists: a row begins at each repetition level of 0.
    fn nested(&mut self, leaf: &Leaf, count: usize, mut values: Values, room: &mut Room) -> Decoded<Rows> {
        let mut levels = LevelPairs::default();
        let mut begun = 0;
        while self.has_page()? {
            self.decode_levels()?;
            let coming = &self.decoded.repetition[self.at..];
            let mut end = 0;
            for level in coming {
                if *level == 0 && begun == count {
                    break;
                }
                begun += usize::from(*level == 0);
                end += 1;
            }
            let is_complete = end < coming.len();
            if end > 0 && begun == 0 {
                return Err(Flaw::Corrupt("a column begins within a row"));
            }
            room.take(end, leaf.slot_size() + 2)?;
            let (from, to) = (self.at, self.at + end);
            levels.repetition.extend_from_slice(&self.decoded.repetition[from..to]);
            levels.definition.extend_from_slice(&self.decoded.definition[from..to]);
            let present = leaf.present(&self.decoded.definition[from..to]);
            self.at = to;
            if let Some(page) = &mut self.page {
                page.values.read(present, &mut values)?;
            }
            if is_complete {
                break;
            }
        }
        if begun == count { Ok(rows(leaf, values, levels)) } else { Err(TOO_FEW) }
    }

    fn decode_levels(&mut self) -> Decoded<()> {
        if self.at < self.decoded.repetition.len() {
            return Ok(());
        }
        let Some(page) = &mut self.page else { return Ok(()) };
        let some = page.left.min(LEVELS);
        self.at = 0;
        self.decoded.repetition.clear();
        self.decoded.definition.clear();
        page.repetition_levels.read(some, &mut self.decoded.repetition)?;
        page.definition_levels.read(some, &mut self.decoded.definition)?;
        page.left -= some;
        Ok(())
    }
}

fn rows(leaf: &Leaf, values: Values, levels: LevelPairs) -> Rows {
    let in_slots = levels.definition.iter().filter(|level| **level >= leaf.slot_level);
    let valid = BooleanBuffer::from_iter(in_slots.map(|level| *level == leaf.max_definition));
    let slots = valid.len();
    let nulls = Some(NullBuffer::new(valid)).filter(|nulls| nulls.null_count() > 0);
    Rows { values, nulls, slots, levels }
}
