//! gzip (RFC 1952), level 6. The header has no time and no name, so the same bytes make the same file.
//!
//! The stream is made of blocks, each compressed with the bytes before it at hand, as pigz does it: whoever compresses
//! them, they are one member of one stream, which every reader takes.

use std::collections::VecDeque;

use flate2::Crc;

use super::Compressor;
use super::codec::{Codec, Recipe};
use super::pool::{Pool, Ticket};
use crate::error::Result;

const LEVEL: u32 = 6;
/// Bytes of a block, always the same, since where blocks end shows in the output.
const BLOCK: usize = 512 << 10;
/// How far back deflate refers.
const WINDOW: usize = 32 << 10;
/// Magic, deflate, no flags, no time, no extra flags, and RFC 1952's OS byte for "unknown".
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

pub struct Gzip {
    pool: Pool,
    /// The end of the block before, and what there is of this one.
    block: Vec<u8>,
    history: usize,
    /// Blocks in their order.
    tickets: VecDeque<Ticket>,
    sum: Crc,
    has_header: bool,
}

impl Gzip {
    pub fn new(pool: &Pool) -> Self {
        Gzip {
            pool: pool.clone(),
            block: Vec::with_capacity(WINDOW + BLOCK),
            history: 0,
            tickets: VecDeque::new(),
            sum: Crc::new(),
            has_header: false,
        }
    }

    fn end_block(&mut self, is_last: bool) -> Result<()> {
        let recipe = Recipe { history: self.history as u32, is_last, ..Recipe::new(Codec::Deflate, LEVEL) };
        self.tickets.push_back(self.pool.compress(recipe, &self.block)?);
        let kept = self.block.len().saturating_sub(WINDOW);
        self.block.drain(..kept);
        self.history = self.block.len();
        Ok(())
    }
}

impl Compressor for Gzip {
    fn write(&mut self, mut input: &[u8]) -> Result<()> {
        self.sum.update(input);
        loop {
            let room = self.history + BLOCK - self.block.len();
            if input.len() < room {
                self.block.extend_from_slice(input);
                return Ok(());
            }
            let (head, rest) = input.split_at(room);
            self.block.extend_from_slice(head);
            self.end_block(false)?;
            input = rest;
        }
    }

    fn drain(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_header, true) {
            out.extend_from_slice(&HEADER);
        }
        while let Some(pieces) = self.tickets.front().and_then(|ticket| self.pool.collect(ticket)) {
            self.tickets.pop_front();
            pieces.iter().for_each(|piece| out.extend_from_slice(piece));
        }
    }

    fn end(&mut self) -> Result<()> {
        self.end_block(true)
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) {
        self.drain(out);
        out.extend_from_slice(&self.sum.sum().to_le_bytes());
        out.extend_from_slice(&self.sum.amount().to_le_bytes());
    }

    fn pending_bytes(&self) -> usize {
        self.block.capacity()
    }
}
