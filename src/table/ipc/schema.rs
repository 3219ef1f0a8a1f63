//! Schemas: the tables of Arrow's `Schema.fbs`.

use std::sync::Arc;

use arrow::datatypes::{
    DataType, Field, FieldRef, IntervalUnit, Metadata, Schema, TimeUnit, UnionFields, UnionMode,
};

use super::flatbuffer::{Broken, Table};
use crate::table::types::MAX_DEPTH;

type Read<T> = Result<T, Broken>;

/// The schema that a table says.
pub fn read(table: &Table) -> Read<Schema> {
    // What is said twice may be stored once, and within it again; but honest schemas have no more fields than bytes.
    let mut left = table.buffer_len();
    Ok(Schema::new(fields(table, 1, MAX_DEPTH, &mut left)?))
}

fn fields(table: &Table, of: usize, depth: usize, left: &mut usize) -> Read<Vec<FieldRef>> {
    let depth = depth.checked_sub(1).ok_or(Broken)?;
    table.tables(of)?.iter().map(|table| field(table, depth, left)).collect()
}

fn field(table: &Table, depth: usize, left: &mut usize) -> Read<FieldRef> {
    *left = left.checked_sub(1).ok_or(Broken)?;
    let (name, is_nullable) = (table.text(0)?.unwrap_or_default(), table.bool(1)?);
    let data_type = data_type(table, &fields(table, 5, depth, left)?)?;
    let field = match table.table(4)? {
        None => Field::new(name, data_type, is_nullable),
        Some(dictionary) => {
            let keys = dictionary.table(1)?.map_or(Ok(DataType::Int32), |keys| integer(&keys))?;
            let data_type = DataType::Dictionary(Box::new(keys), Box::new(data_type));
            // The ids are of no use but to read this format, which is why the crate would hide them.
            #[expect(deprecated)]
            Field::new_dict(name, data_type, is_nullable, dictionary.i64(0)?, dictionary.bool(2)?)
        }
    };
    let mut metadata = Metadata::default();
    for pair in table.tables(6)? {
        metadata.insert(pair.text(0)?.unwrap_or_default(), pair.text(1)?.unwrap_or_default());
    }
    Ok(Arc::new(field.with_metadata(metadata)))
}

fn data_type(field: &Table, children: &[FieldRef]) -> Read<DataType> {
    let of = field.table(3)?;
    let of = || of.ok_or(Broken);
    let only = || match children {
        [child] => Ok(child.clone()),
        _ => Err(Broken),
    };
    Ok(match field.u8(2)? {
        1 => DataType::Null,
        2 => integer(&of()?)?,
        3 => match of()?.i16(0, 0)? {
            0 => DataType::Float16,
            1 => DataType::Float32,
            2 => DataType::Float64,
            _ => return Err(Broken),
        },
        4 => DataType::Binary,
        5 => DataType::Utf8,
        6 => DataType::Boolean,
        7 => decimal(&of()?)?,
        8 => match of()?.i16(0, 1)? {
            0 => DataType::Date32,
            1 => DataType::Date64,
            _ => return Err(Broken),
        },
        9 => match (of()?.i32(1, 32)?, unit(of()?.i16(0, 1)?)?) {
            (32, unit @ (TimeUnit::Second | TimeUnit::Millisecond)) => DataType::Time32(unit),
            (64, unit @ (TimeUnit::Microsecond | TimeUnit::Nanosecond)) => DataType::Time64(unit),
            _ => return Err(Broken),
        },
        10 => DataType::Timestamp(unit(of()?.i16(0, 0)?)?, of()?.text(1)?.map(Arc::from)),
        11 => DataType::Interval(match of()?.i16(0, 0)? {
            0 => IntervalUnit::YearMonth,
            1 => IntervalUnit::DayTime,
            2 => IntervalUnit::MonthDayNano,
            _ => return Err(Broken),
        }),
        12 => DataType::List(only()?),
        13 => DataType::Struct(children.into()),
        14 => union(&of()?, children)?,
        15 => DataType::FixedSizeBinary(of()?.i32(0, 0)?),
        16 => DataType::FixedSizeList(only()?, of()?.i32(0, 0)?),
        17 => DataType::Map(only()?, of()?.bool(0)?),
        18 => DataType::Duration(unit(of()?.i16(0, 1)?)?),
        19 => DataType::LargeBinary,
        20 => DataType::LargeUtf8,
        21 => DataType::LargeList(only()?),
        22 => match children {
            [ends, values] => DataType::RunEndEncoded(ends.clone(), values.clone()),
            _ => return Err(Broken),
        },
        23 => DataType::BinaryView,
        24 => DataType::Utf8View,
        25 => DataType::ListView(only()?),
        26 => DataType::LargeListView(only()?),
        _ => return Err(Broken),
    })
}

fn integer(of: &Table) -> Read<DataType> {
    Ok(match (of.i32(0, 0)?, of.bool(1)?) {
        (8, true) => DataType::Int8,
        (16, true) => DataType::Int16,
        (32, true) => DataType::Int32,
        (64, true) => DataType::Int64,
        (8, false) => DataType::UInt8,
        (16, false) => DataType::UInt16,
        (32, false) => DataType::UInt32,
        (64, false) => DataType::UInt64,
        _ => return Err(Broken),
    })
}

fn decimal(of: &Table) -> Read<DataType> {
    let precision = of.i32(0, 0)?.try_into().map_err(|_| Broken)?;
    let scale = of.i32(1, 0)?.try_into().map_err(|_| Broken)?;
    Ok(match of.i32(2, 128)? {
        32 => DataType::Decimal32(precision, scale),
        64 => DataType::Decimal64(precision, scale),
        128 => DataType::Decimal128(precision, scale),
        256 => DataType::Decimal256(precision, scale),
        _ => return Err(Broken),
    })
}

fn unit(of: i16) -> Read<TimeUnit> {
    Ok(match of {
        0 => TimeUnit::Second,
        1 => TimeUnit::Millisecond,
        2 => TimeUnit::Microsecond,
        3 => TimeUnit::Nanosecond,
        _ => return Err(Broken),
    })
}

/// A union says the ids of its children, or numbers them.
fn union(of: &Table, children: &[FieldRef]) -> Read<DataType> {
    let mode = match of.i16(0, 0)? {
        0 => UnionMode::Sparse,
        1 => UnionMode::Dense,
        _ => return Err(Broken),
    };
    let said = of.list(1)?.iter().copied().map(i32::from_le_bytes);
    let ids: Vec<i32> = if said.len() > 0 { said.collect() } else { (0..children.len() as i32).collect() };
    let ids = ids.into_iter().map(i8::try_from).collect::<Result<Vec<_>, _>>().map_err(|_| Broken)?;
    let fields = UnionFields::try_new(ids, children.iter().cloned()).map_err(|_| Broken)?;
    Ok(DataType::Union(fields, mode))
}
