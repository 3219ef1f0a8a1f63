//! Thrift's compact protocol, as far as Parquet's structures need it.
//!
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>

/// The types of elements of lists, and of fields but booleans.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// In lists alone: a field's boolean is in its type.
    Bool = 1,
    I8 = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Binary = 8,
    List = 9,
    Struct = 12,
}

/// A structure that is being written: fields in the order of their ids.
pub struct Struct<'a> {
    out: &'a mut Vec<u8>,
    last: i16,
}

/// Appends a structure.
pub fn structure(out: &mut Vec<u8>, fields: impl FnOnce(&mut Struct)) {
    let mut open = Struct { out, last: 0 };
    fields(&mut open);
    open.out.push(0);
}

impl Struct<'_> {
    pub fn i8(&mut self, id: i16, value: i8) {
        self.field(id, Kind::I8 as u8).push(value as u8);
    }

    pub fn i16(&mut self, id: i16, value: i16) {
        zigzag(self.field(id, Kind::I16 as u8), i64::from(value));
    }

    pub fn i32(&mut self, id: i16, value: i32) {
        zigzag(self.field(id, Kind::I32 as u8), i64::from(value));
    }

    pub fn i64(&mut self, id: i16, value: i64) {
        zigzag(self.field(id, Kind::I64 as u8), value);
    }

    pub fn bool(&mut self, id: i16, value: bool) {
        self.field(id, if value { 1 } else { 2 });
    }

    pub fn binary(&mut self, id: i16, value: &[u8]) {
        binary(self.field(id, Kind::Binary as u8), value);
    }

    pub fn structure(&mut self, id: i16, fields: impl FnOnce(&mut Struct)) {
        structure(self.field(id, Kind::Struct as u8), fields);
    }

    /// A structure that has been written by [`structure`].
    pub fn written(&mut self, id: i16, bytes: &[u8]) {
        self.field(id, Kind::Struct as u8).extend_from_slice(bytes);
    }

    pub fn list<T>(
        &mut self,
        id: i16,
        of: Kind,
        items: impl ExactSizeIterator<Item = T>,
        mut item: impl FnMut(&mut Vec<u8>, T),
    ) {
        let out = self.field(id, Kind::List as u8);
        match items.len() {
            few @ 0..15 => out.push((few as u8) << 4 | of as u8),
            many => {
                out.push(0xf0 | of as u8);
                varint(out, many as u64);
            }
        }
        items.for_each(|each| item(out, each));
    }

    fn field(&mut self, id: i16, kind: u8) -> &mut Vec<u8> {
        match id - self.last {
            step @ 1..=15 => self.out.push((step as u8) << 4 | kind),
            _ => {
                self.out.push(kind);
                zigzag(self.out, i64::from(id));
            }
        }
        self.last = id;
        self.out
    }
}

pub fn binary(out: &mut Vec<u8>, value: &[u8]) {
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// LEB128.
pub fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn zigzag(out: &mut Vec<u8>, value: i64) {
    varint(out, (value << 1 ^ value >> 63) as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_lists_take_the_short_form_where_there_is_one() {
        let mut out = Vec::new();
        structure(&mut out, |s| {
            s.i32(1, -1);
            s.bool(2, false);
            s.i64(20, 300);
            s.list(21, Kind::I32, [7; 15].into_iter(), zigzag);
        });
        let mut expected = vec![0x15, 1, 0x12, 0x06, 40, 0xd8, 0x04, 0x19, 0xf5, 15];
        expected.extend([14; 15]);
        expected.push(0);
        assert_eq!(out, expected);
    }
}
