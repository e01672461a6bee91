//! Which record each value leaf has, in address order.
//!
//! Records lie in the order of first use, so a first use needs no number. Of the others
//! most are among the last few; the rest say their number, bit by bit.

use crate::delta::coder::{Chance, Coder};

/// How many of the last records are remembered; 256 saved 0 to 2 % and took longer to search.
const N_RECENT: usize = 32;

/// Digits of a place among the recent ones, plus one for "none of them".
const N_CLASSES: usize = 7;

/// Bits of a number that are learnt; lower ones are as good as random.
const N_LEARNT_BITS: u32 = 16;

/// Codes record numbers with one end of a wire.
#[derive(Debug)]
pub(super) struct Ids<C> {
    coder: C,
    /// Records used so far: the number of the next first use.
    n_used: u32,
    n_records: u32,
    recent: [u32; N_RECENT],
    /// How near the last record was: its class.
    last: usize,
    is_first: [Chance; N_CLASSES],
    class: [[Chance; N_CLASSES]; N_CLASSES],
    place: [Chance; 1 << N_CLASSES],
    number: Vec<Chance>,
    /// For the bits that are not learnt.
    even: Chance,
}

/// The number contradicts the ones before.
#[derive(Clone, Copy, Debug)]
pub(super) struct BadId;

impl<C: Coder> Ids<C> {
    pub(super) fn new(coder: C, n_records: u32) -> Self {
        Self {
            coder,
            n_used: 0,
            n_records,
            recent: [u32::MAX; N_RECENT],
            last: 0,
            is_first: [Chance::EVEN; N_CLASSES],
            class: [[Chance::EVEN; N_CLASSES]; N_CLASSES],
            place: [Chance::EVEN; 1 << N_CLASSES],
            number: vec![Chance::EVEN; 1 << N_LEARNT_BITS],
            even: Chance::EVEN,
        }
    }

    /// Codes the record of the next value leaf; the decoder does not look at `id`.
    #[inline]
    pub(super) fn id(&mut self, id: u32) -> Result<u32, BadId> {
        if self.coder.code(&mut self.is_first[self.last], id == self.n_used) {
            if self.n_used == self.n_records {
                return Err(BadId);
            }
            let first = self.n_used;
            self.n_used += 1;
            self.remember(first, N_RECENT - 1);
            return Ok(first);
        }
        // 1 for "none of them", else the place plus 2.
        let place =
            self.recent.iter().position(|&recent| recent == id).map_or(1, |at| at as u32 + 2);
        let place = self.place(place);
        let (id, at) = match place {
            1 => (self.number(id), N_RECENT - 1),
            place => {
                let at = place as usize - 2;
                (*self.recent.get(at).ok_or(BadId)?, at)
            }
        };
        if id >= self.n_used {
            return Err(BadId);
        }
        self.remember(id, at);
        Ok(id)
    }

    /// Moves a record to the front; what stood before `at` moves back.
    fn remember(&mut self, id: u32, at: usize) {
        self.recent.copy_within(0..at, 1);
        self.recent[0] = id;
    }

    /// Codes a number from 1: how many digits, then the digits after the first.
    fn place(&mut self, place: u32) -> u32 {
        let n_digits = place.ilog2() as usize;
        let mut class = 0;
        while class + 1 < N_CLASSES
            && !self.coder.code(&mut self.class[self.last][class], class == n_digits)
        {
            class += 1;
        }
        self.last = class;
        let mut coded = 1;
        for digit in (0..class).rev() {
            let chance = &mut self.place[1 << class | coded as usize];
            coded = coded << 1 | u32::from(self.coder.code(chance, place >> digit & 1 == 1));
        }
        coded
    }

    /// Codes a record's number, the highest bits first.
    fn number(&mut self, number: u32) -> u32 {
        let n_bits = u32::BITS - self.n_records.leading_zeros();
        let mut coded = 0;
        // A binary tree of chances, from its root 1.
        let mut node = 1;
        for bit in (0..n_bits).rev() {
            let learnt = n_bits - bit <= N_LEARNT_BITS;
            let chance = if learnt { &mut self.number[node] } else { &mut self.even };
            let yes = self.coder.code(chance, number >> bit & 1 == 1);
            self.even = Chance::EVEN;
            coded = coded << 1 | u32::from(yes);
            node = node << 1 | usize::from(yes);
        }
        coded
    }

    pub(super) fn into_coder(self) -> C {
        self.coder
    }
}
