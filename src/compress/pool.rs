//! Who compresses: this thread, or helpers beside it. A block's compressed bytes depend on nothing but the block, so
//! that no byte of a file shows who it was, or when.

use std::cell::{RefCell, RefMut};
use std::collections::VecDeque;
use std::rc::Rc;

use super::codec::{Codecs, Recipe};
use crate::error::Result;
use crate::numbered::Numbered;

/// A compressed block. In pieces, since memory that never shrinks would have to grow for what fits in no gap.
pub type Pieces = Vec<Vec<u8>>;

/// Bytes of a piece at most: as much as a chunk of a part has, which takes its place in memory when it has left.
pub const PIECE: usize = 64 << 10;
/// Bytes that a helper has in hand: enough for as long as this thread may work without a break, during which it hears
/// of nothing.
const AHEAD: usize = 3 << 19;
/// Bytes that are compressed here first: a short export is not worth a helper.
const OWN_BYTES: usize = 512 << 10;

/// Stands for a block that is compressed, or will be.
#[derive(Default)]
pub struct Ticket(Rc<RefCell<Option<Pieces>>>);

impl Ticket {
    /// Bytes of the compressed block, while it is there.
    pub fn bytes(&self) -> Option<usize> {
        self.0.borrow().as_ref().map(size)
    }

    fn share(&self) -> Self {
        Ticket(self.0.clone())
    }

    fn settle(&self, pieces: Pieces) {
        *self.0.borrow_mut() = Some(pieces);
    }
}

/// The blocks of one job that are to be compressed. Clones are the same pool.
#[derive(Clone, Default)]
pub struct Pool(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    helpers: usize,
    codecs: Codecs,
    waiting: VecDeque<Work>,
    waiting_bytes: usize,
    under_way: Numbered<UnderWay>,
    under_way_bytes: usize,
    own_bytes: usize,
    /// Of blocks that wait, are under way, or were compressed and not collected.
    held_bytes: usize,
}

struct Work {
    recipe: Recipe,
    block: Vec<u8>,
    ticket: Ticket,
}

struct UnderWay {
    ticket: Ticket,
    bytes: usize,
    /// Until the helper has it.
    block: Vec<u8>,
}

impl Pool {
    /// With none, each block is compressed as it comes.
    pub fn with_helpers(helpers: usize) -> Self {
        Pool(Rc::new(RefCell::new(Inner { helpers, ..Inner::default() })))
    }

    /// Has a block compressed, here and now unless a helper may do it.
    pub fn compress(&self, recipe: Recipe, block: &[u8]) -> Result<Ticket> {
        let inner = &mut *self.inner();
        if inner.helpers == 0 || !recipe.is_heavy() || inner.own_bytes < OWN_BYTES {
            inner.own_bytes += block.len();
            let pieces = pieces(inner.codecs.compress(recipe, block)?);
            return Ok(inner.done(pieces));
        }
        let ticket = Ticket::default();
        inner.held_bytes += block.len();
        inner.waiting_bytes += block.len();
        inner.waiting.push_back(Work { recipe, block: block.to_vec(), ticket: ticket.share() });
        Ok(ticket)
    }

    /// A block that stays as it is.
    pub fn keep(&self, block: &[u8]) -> Ticket {
        self.inner().done(pieces(block))
    }

    /// What a ticket stands for, once; nothing where it is not there yet.
    pub fn collect(&self, ticket: &Ticket) -> Option<Pieces> {
        let pieces = ticket.0.take()?;
        self.inner().held_bytes -= size(&pieces);
        Some(pieces)
    }

    /// The next block for a helper, if one has room for it.
    pub fn hand_out(&self) -> Option<(u32, Recipe)> {
        let inner = &mut *self.inner();
        if inner.under_way_bytes >= inner.helpers * AHEAD {
            return None;
        }
        let Work { recipe, block, ticket } = inner.next()?;
        inner.under_way_bytes += block.len();
        let id = inner.under_way.add(UnderWay { ticket, bytes: block.len(), block });
        Some((id, recipe))
    }

    /// The bytes of a block that was handed out, once.
    pub fn take(&self, id: u32) -> Option<Vec<u8>> {
        self.inner().under_way.get_mut(id).map(|work| std::mem::take(&mut work.block))
    }

    /// A helper compressed a block.
    pub fn compressed(&self, id: u32, pieces: Pieces) {
        let inner = &mut *self.inner();
        let Some(work) = inner.under_way.remove(id) else { return };
        inner.under_way_bytes -= work.bytes;
        inner.held_bytes += size(&pieces);
        inner.held_bytes -= work.bytes;
        work.ticket.settle(pieces);
    }

    /// Compresses a block that waits; false where there is none.
    pub fn work(&self) -> Result<bool> {
        let inner = &mut *self.inner();
        let Some(work) = inner.next() else { return Ok(false) };
        let pieces = pieces(inner.codecs.compress(work.recipe, &work.block)?);
        inner.held_bytes += size(&pieces);
        inner.held_bytes -= work.block.len();
        work.ticket.settle(pieces);
        Ok(true)
    }

    /// Whether more wait than helpers soon need.
    pub fn is_behind(&self) -> bool {
        let inner = self.inner();
        inner.waiting_bytes > inner.helpers * AHEAD
    }

    /// Whether every block is compressed.
    pub fn is_idle(&self) -> bool {
        let inner = self.inner();
        inner.waiting.is_empty() && inner.under_way.is_empty()
    }

    pub fn held_bytes(&self) -> usize {
        let inner = self.inner();
        inner.held_bytes + inner.codecs.memory()
    }

    /// Gives back what codecs keep between blocks.
    pub fn release(&self) {
        self.inner().codecs = Codecs::default();
    }

    fn inner(&self) -> RefMut<'_, Inner> {
        self.0.borrow_mut()
    }
}

impl Inner {
    fn next(&mut self) -> Option<Work> {
        let work = self.waiting.pop_front()?;
        self.waiting_bytes -= work.block.len();
        Some(work)
    }

    fn done(&mut self, pieces: Pieces) -> Ticket {
        self.held_bytes += size(&pieces);
        let ticket = Ticket::default();
        ticket.settle(pieces);
        ticket
    }
}

fn pieces(bytes: &[u8]) -> Pieces {
    bytes.chunks(PIECE).map(<[u8]>::to_vec).collect()
}

fn size(pieces: &Pieces) -> usize {
    pieces.iter().map(Vec::len).sum()
}
