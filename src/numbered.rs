//! Items that are numbered as they come and leave in any order, a handful at a time: a tree of them, made for each type of
//! item, would be a hundredth of the module.

pub struct Numbered<T> {
    items: Vec<(u32, T)>,
    begun: u32,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { items: Vec::new(), begun: 0 }
    }
}

impl<T> Numbered<T> {
    /// Adds an item, which is behind all others. Answers with its number.
    pub fn add(&mut self, item: T) -> u32 {
        let number = self.begun;
        self.begun += 1;
        self.items.push((number, item));
        number
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        let at = self.place(number)?;
        Some(&mut self.items[at].1)
    }

    pub fn remove(&mut self, number: u32) -> Option<T> {
        let at = self.place(number)?;
        Some(self.items.remove(at).1)
    }

    /// Removes those that a test chooses.
    pub fn remove_where(&mut self, mut test: impl FnMut(&T) -> bool) -> Vec<T> {
        self.items.extract_if(.., |(_, item)| test(item)).map(|(_, item)| item).collect()
    }

    pub fn has(&self, number: u32) -> bool {
        self.place(number).is_some()
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(_, item)| item)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        self.items.iter_mut().map(|(number, item)| (*number, item))
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.items.iter().position(|(other, _)| *other == number)
    }
}
