//! Flatbuffers, read in place: tables of numbered fields, each of which may be missing.
//!
//! Every offset is followed with care, so nothing has to be checked beforehand. See "FlatBuffer internals" in
//! FlatBuffers' documentation.

/// An offset leads out of the buffer, or a text is not UTF-8.
#[derive(Debug, Clone, Copy)]
pub struct Broken;

type Read<T> = Result<T, Broken>;

/// Where a list begins, and its items.
type List<'a, const N: usize> = (usize, &'a [[u8; N]]);

#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    buffer: &'a [u8],
    place: usize,
    /// Where the fields lie: in each two bytes an offset from `place`, or 0 for one that is missing.
    offsets: &'a [u8],
}

impl<'a> Table<'a> {
    /// The outermost table.
    pub fn root(buffer: &'a [u8]) -> Read<Table<'a>> {
        Table::at(buffer, follow(buffer, 0)?)
    }

    fn at(buffer: &'a [u8], place: usize) -> Read<Self> {
        let back = i64::from(i32::from_le_bytes(bytes(buffer, place)?));
        let layout = usize::try_from(place as i64 - back).map_err(|_| Broken)?;
        let size = u16::from_le_bytes(bytes(buffer, layout)?);
        let layout = buffer.get(layout..).and_then(|rest| rest.get(..size.into())).ok_or(Broken)?;
        // In front of the offsets are the size of their list and that of the table.
        Ok(Table { buffer, place, offsets: layout.get(4..).unwrap_or_default() })
    }

    /// Bytes of the buffer that the table is in.
    pub fn buffer_len(&self) -> usize {
        self.buffer.len()
    }

    fn place_of(&self, field: usize) -> Option<usize> {
        let offset = u16::from_le_bytes(bytes(self.offsets, 2 * field).ok()?);
        (offset > 0).then(|| self.place + usize::from(offset))
    }

    /// The bytes of a number.
    fn number<const N: usize>(&self, field: usize) -> Read<Option<[u8; N]>> {
        self.place_of(field).map(|place| bytes(self.buffer, place)).transpose()
    }

    pub fn i64(&self, field: usize) -> Read<i64> {
        Ok(self.number(field)?.map_or(0, i64::from_le_bytes))
    }

    pub fn i32(&self, field: usize, default: i32) -> Read<i32> {
        Ok(self.number(field)?.map_or(default, i32::from_le_bytes))
    }

    pub fn i16(&self, field: usize, default: i16) -> Read<i16> {
        Ok(self.number(field)?.map_or(default, i16::from_le_bytes))
    }

    pub fn u8(&self, field: usize) -> Read<u8> {
        Ok(self.number(field)?.map_or(0, u8::from_le_bytes))
    }

    pub fn bool(&self, field: usize) -> Read<bool> {
        Ok(self.u8(field)? != 0)
    }

    pub fn table(&self, field: usize) -> Read<Option<Table<'a>>> {
        let table = |place| Table::at(self.buffer, follow(self.buffer, place)?);
        self.place_of(field).map(table).transpose()
    }

    pub fn text(&self, field: usize) -> Read<Option<&'a str>> {
        let text = self.items::<1>(field)?.map(|(_, bytes)| str::from_utf8(bytes.as_flattened()));
        text.transpose().map_err(|_| Broken)
    }

    /// A list of numbers or structs of `N` bytes; one that is missing is empty.
    pub fn list<const N: usize>(&self, field: usize) -> Read<&'a [[u8; N]]> {
        Ok(self.items(field)?.map_or(&[], |(_, items)| items))
    }

    /// A list of tables; one that is missing is empty.
    pub fn tables(&self, field: usize) -> Read<Vec<Table<'a>>> {
        let Some((start, items)) = self.items::<4>(field)? else { return Ok(Vec::new()) };
        let table = |index| Table::at(self.buffer, follow(self.buffer, start + 4 * index)?);
        (0..items.len()).map(table).collect()
    }

    fn items<const N: usize>(&self, field: usize) -> Read<Option<List<'a, N>>> {
        let Some(place) = self.place_of(field) else { return Ok(None) };
        let length = follow(self.buffer, place)?;
        let count = u32::from_le_bytes(bytes(self.buffer, length)?) as usize;
        let start = length + 4;
        let (items, _) = self.buffer[start..].as_chunks();
        items.get(..count).map(|items| Some((start, items))).ok_or(Broken)
    }
}

fn bytes<const N: usize>(buffer: &[u8], place: usize) -> Read<[u8; N]> {
    buffer.get(place..).and_then(<[u8]>::first_chunk).copied().ok_or(Broken)
}

/// The place that the offset at `place` leads to.
fn follow(buffer: &[u8], place: usize) -> Read<usize> {
    let offset = u32::from_le_bytes(bytes(buffer, place)?) as usize;
    place.checked_add(offset).ok_or(Broken)
}
