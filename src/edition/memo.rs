//! What was made of each combination of parts.

use hashbrown::HashMap;

use crate::edition::part::{Numbers, Part, Parts};
use crate::mmdb::ValueId;

/// What a field or map came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// Nothing is written.
    Nothing,
    /// A value that says `false` wherever it says anything.
    False(ValueId),
    /// A value.
    Value(ValueId),
}

/// Remembers what was made, by the numbers of the parts it was made of.
#[derive(Debug)]
pub(super) enum Memo {
    /// Nothing is remembered.
    Nothing,
    /// By the number of one part.
    One(Part, Vec<Option<Made>>),
    /// By several parts, of each of which there are so many: their numbers as digits of one.
    Several(Vec<(Part, u128)>, HashMap<u128, Option<Made>>),
}

impl Memo {
    /// A memo for what is made of `parts`, of each of which there are `sizes`.
    pub(super) fn new(parts: Parts, sizes: &Numbers) -> Self {
        let digits: Vec<(Part, u128)> = parts
            .iter()
            .map(|part| (part, u128::from(sizes[part as usize])))
            .filter(|(_, size)| *size > 1)
            .collect();
        if let [(part, size)] = *digits {
            return Self::One(part, vec![None; size as usize]);
        }
        match digits.iter().try_fold(1_u128, |product, (_, size)| product.checked_mul(*size)) {
            Some(_) => Self::Several(digits, HashMap::new()),
            None => Self::Nothing,
        }
    }

    /// The place of what is made of these numbers, if it is remembered.
    #[inline]
    pub(super) fn place(&mut self, numbers: &Numbers) -> Option<&mut Option<Made>> {
        match self {
            Self::Nothing => None,
            Self::One(part, made) => Some(&mut made[numbers[*part as usize] as usize]),
            Self::Several(digits, made) => {
                let key = digits
                    .iter()
                    .fold(0, |key, &(part, size)| key * size + u128::from(numbers[part as usize]));
                Some(made.entry(key).or_insert(None))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::edition::memo::{Made, Memo};
    use crate::edition::part::{Numbers, Part, Parts};
    use crate::mmdb::ValueId;

    fn numbers(of: &[(Part, u32)], others: u32) -> Numbers {
        let mut numbers = [others; Part::ALL.len()];
        of.iter().for_each(|&(part, number)| numbers[part as usize] = number);
        numbers
    }

    /// Fills a memo with every combination of two parts; what it read must tell them apart.
    #[track_caller]
    fn check(parts: &[Part], n_distinct: usize) {
        let sizes = numbers(&[(Part::Asn, 3), (Part::Country, 5)], 1);
        let mut memo = Memo::new(Parts::new(parts.iter().copied()), &sizes);
        let mut n_made = 0;
        for (asn, country) in (0..15).map(|i| (i / 5, i % 5)) {
            let numbers = numbers(&[(Part::Asn, asn), (Part::Country, country)], 0);
            let place = memo.place(&numbers).expect("it remembers");
            if place.is_none() {
                *place = Some(Made::Value(ValueId(n_made)));
                n_made += 1;
            }
        }
        assert_eq!(n_made as usize, n_distinct);
    }

    #[test]
    fn what_is_read_tells_apart_and_nothing_else() {
        check(&[], 1);
        check(&[Part::Place], 1);
        check(&[Part::Asn], 3);
        check(&[Part::Country, Part::Place], 5);
        check(&[Part::Country, Part::Asn, Part::Bot], 15);
    }

    #[test]
    fn too_many_combinations_are_not_remembered() {
        let sizes = numbers(&[], u32::MAX);
        let mut memo = Memo::new(Parts::ALL, &sizes);
        assert_eq!(memo.place(&numbers(&[], 0)), None);
    }
}
