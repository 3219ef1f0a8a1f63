//! The keys of lines: found fast where they come in the order of earlier lines.

use std::collections::HashMap;

#[derive(Default)]
pub struct Names {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// The line in which each was last given.
    given: Vec<u64>,
    line: u64,
    next: usize,
}

impl Names {
    pub fn begin_line(&mut self) {
        self.line += 1;
        self.next = 0;
    }

    pub fn find(&mut self, name: &str) -> Option<usize> {
        let place = match self.names.get(self.next) {
            Some(next) if next == name => self.next,
            _ => *self.places.get(name)?,
        };
        self.next = place + 1;
        Some(place)
    }

    pub fn add(&mut self, name: &str) -> usize {
        let place = self.names.len();
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        self.given.push(0);
        self.next = place + 1;
        place
    }

    /// Whether this is the first time in this line.
    pub fn give(&mut self, place: usize) -> bool {
        std::mem::replace(&mut self.given[place], self.line) != self.line
    }
}
