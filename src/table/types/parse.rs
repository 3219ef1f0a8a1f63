use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{
    DECIMAL32_MAX_PRECISION, DECIMAL64_MAX_PRECISION, DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION,
    DataType, Field, IntervalUnit, TimeUnit,
};

use super::{ITEM, MAX_DEPTH, PLAIN, VALUE, is_name_byte, is_zone_byte};
use crate::error::{Code, Error, Result};

/// The type that `text` names. Fails with [`Code::ConfigInvalidValue`], saying at which character and what is
/// allowed there.
pub fn parse(text: &str) -> Result<DataType> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let data_type = parser.data_type()?;
    parser.skip_spaces();
    if parser.at < text.len() {
        return Err(parser.error("the end"));
    }
    Ok(data_type)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

const UNITS: &[(&str, TimeUnit)] = &[
    ("s", TimeUnit::Second),
    ("ms", TimeUnit::Millisecond),
    ("us", TimeUnit::Microsecond),
    ("ns", TimeUnit::Nanosecond),
];
const INTERVALS: &[(&str, IntervalUnit)] = &[
    ("year_month", IntervalUnit::YearMonth),
    ("day_time", IntervalUnit::DayTime),
    ("month_day_nano", IntervalUnit::MonthDayNano),
];

impl<'a> Parser<'a> {
    fn data_type(&mut self) -> Result<DataType> {
        self.skip_spaces();
        let start = self.at;
        if self.depth >= MAX_DEPTH {
            return Err(self.error(&format!("no more than {MAX_DEPTH} types inside each other")));
        }
        self.depth += 1;
        let word = self.take_while(is_name_byte);
        let plain = PLAIN.iter().find(|(name, _)| *name == word);
        let data_type = match plain {
            Some((_, data_type)) => data_type.clone(),
            None => self.parametric(word, start)?,
        };
        self.depth -= 1;
        Ok(data_type)
    }

    fn parametric(&mut self, word: &str, start: usize) -> Result<DataType> {
        Ok(match word {
            "fixed_binary" => {
                self.expect(b'(')?;
                let size = self.integer(1, i32::MAX as i64)?;
                self.expect(b')')?;
                DataType::FixedSizeBinary(size as i32)
            }
            "decimal" | "decimal32" | "decimal64" | "decimal128" | "decimal256" => self.decimal(word)?,
            "time32" => DataType::Time32(self.bracketed(&UNITS[..2])?),
            "time64" => DataType::Time64(self.bracketed(&UNITS[2..])?),
            "duration" => DataType::Duration(self.bracketed(UNITS)?),
            "interval" => DataType::Interval(self.bracketed(INTERVALS)?),
            "timestamp" => self.timestamp()?,
            "list" | "large_list" | "fixed_list" => self.list(word)?,
            "struct" => self.structure()?,
            "map" => self.map()?,
            "dictionary" => self.dictionary()?,
            _ => {
                self.at = start;
                return Err(self.error(
                    "a type: null, boolean, int8 to int64, uint8 to uint64, float16 to float64, string, \
                     binary, fixed_binary(n), decimal(p,s), date32, date64, time32[ms], time64[us], \
                     timestamp[us, UTC], duration[us], interval[month_day_nano], list<T>, fixed_list<T, n>, \
                     struct<name: T>, map<K, V>, dictionary<K, V> or a large_ or _view form",
                ));
            }
        })
    }

    fn decimal(&mut self, word: &str) -> Result<DataType> {
        let max_precision = match word {
            "decimal32" => DECIMAL32_MAX_PRECISION,
            "decimal64" => DECIMAL64_MAX_PRECISION,
            "decimal128" => DECIMAL128_MAX_PRECISION,
            _ => DECIMAL256_MAX_PRECISION,
        };
        self.expect(b'(')?;
        let precision = self.integer(1, max_precision.into())? as u8;
        self.expect(b',')?;
        let scale = self.integer(-i64::from(max_precision), precision.into())? as i8;
        self.expect(b')')?;
        Ok(match word {
            "decimal32" => DataType::Decimal32(precision, scale),
            "decimal64" => DataType::Decimal64(precision, scale),
            "decimal256" => DataType::Decimal256(precision, scale),
            _ if precision <= DECIMAL128_MAX_PRECISION => DataType::Decimal128(precision, scale),
            _ => DataType::Decimal256(precision, scale),
        })
    }

    fn bracketed<T: Copy>(&mut self, choices: &[(&str, T)]) -> Result<T> {
        self.expect(b'[')?;
        let choice = self.choice(choices)?;
        self.expect(b']')?;
        Ok(choice)
    }

    fn timestamp(&mut self) -> Result<DataType> {
        self.expect(b'[')?;
        let unit = self.choice(UNITS)?;
        let zone = match self.eat(b',') {
            true => Some(self.word_or_quoted(is_zone_byte, "a time zone, such as UTC or Europe/Paris")?),
            false => None,
        };
        self.expect(b']')?;
        Ok(DataType::Timestamp(unit, zone.map(Into::into)))
    }

    fn list(&mut self, word: &str) -> Result<DataType> {
        self.expect(b'<')?;
        let item = Arc::new(self.inner(ITEM)?);
        let data_type = match word {
            "list" => DataType::List(item),
            "large_list" => DataType::LargeList(item),
            _ => {
                self.expect(b',')?;
                DataType::FixedSizeList(item, self.integer(0, i32::MAX as i64)? as i32)
            }
        };
        self.expect(b'>')?;
        Ok(data_type)
    }

    fn structure(&mut self) -> Result<DataType> {
        self.expect(b'<')?;
        let mut fields: Vec<Field> = Vec::new();
        let mut names = HashSet::new();
        if self.eat(b'>') {
            return Ok(DataType::Struct(fields.into()));
        }
        loop {
            let name = self.word_or_quoted(is_name_byte, "the name of a field")?;
            if !names.insert(name.clone()) {
                return Err(self.error("the name of a field that the struct does not have yet"));
            }
            self.expect(b':')?;
            fields.push(self.inner(&name)?);
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b'>')?;
        Ok(DataType::Struct(fields.into()))
    }

    fn map(&mut self) -> Result<DataType> {
        self.expect(b'<')?;
        let key = self.data_type()?;
        self.expect(b',')?;
        let value = self.inner(VALUE)?;
        self.expect(b'>')?;
        Ok(super::map(key, value))
    }

    fn dictionary(&mut self) -> Result<DataType> {
        self.expect(b'<')?;
        self.skip_spaces();
        let start = self.at;
        let key = self.data_type()?;
        if !key.is_dictionary_key_type() {
            self.at = start;
            return Err(self.error("an integer type, for the keys of a dictionary"));
        }
        self.expect(b',')?;
        let value = self.data_type()?;
        self.expect(b'>')?;
        Ok(DataType::Dictionary(Box::new(key), Box::new(value)))
    }

    /// A type within another, with `not null` where it says so.
    fn inner(&mut self, name: &str) -> Result<Field> {
        let data_type = self.data_type()?;
        self.skip_spaces();
        if !self.text[self.at..].starts_with("not") {
            return Ok(Field::new(name, data_type, true));
        }
        self.take_while(is_name_byte);
        self.skip_spaces();
        match self.take_while(is_name_byte) {
            "null" => Ok(Field::new(name, data_type, false)),
            _ => Err(self.error("\"not null\" here")),
        }
    }

    fn choice<T: Copy>(&mut self, choices: &[(&str, T)]) -> Result<T> {
        self.skip_spaces();
        let start = self.at;
        let word = self.take_while(is_name_byte);
        let found = choices.iter().find(|(name, _)| *name == word);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            self.at = start;
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            self.error(&format!("one of {}", names.join(", ")))
        })
    }

    fn integer(&mut self, min: i64, max: i64) -> Result<i64> {
        self.skip_spaces();
        let start = self.at;
        let digits = self.take_while(|byte| byte.is_ascii_digit() || byte == b'-');
        let number = digits.parse().ok().filter(|number| (min..=max).contains(number));
        number.ok_or_else(|| {
            self.at = start;
            self.error(&format!("a whole number from {min} to {max}"))
        })
    }

    fn word_or_quoted(&mut self, is_allowed: fn(u8) -> bool, expected: &str) -> Result<String> {
        self.skip_spaces();
        if self.text[self.at..].starts_with('"') {
            return self.quoted();
        }
        match self.take_while(is_allowed) {
            "" => Err(self.error(expected)),
            word => Ok(word.to_owned()),
        }
    }

    fn quoted(&mut self) -> Result<String> {
        let mut strings = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter::<String>();
        match strings.next() {
            Some(Ok(text)) => {
                self.at += strings.byte_offset();
                Ok(text)
            }
            _ => Err(self.error("a JSON string")),
        }
    }

    fn take_while(&mut self, is_allowed: fn(u8) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(|byte| is_allowed(*byte)).count();
        self.at += length;
        &rest[..length]
    }

    fn skip_spaces(&mut self) {
        self.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip_spaces();
        let found = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.error(&format!("\"{}\"", byte as char))) }
    }

    fn error(&self, expected: &str) -> Error {
        let position = self.text[..self.at].chars().count() + 1;
        let message = format!("the type is not understood at character {position}; expected {expected}");
        Error::new(Code::ConfigInvalidValue, message)
    }
}
