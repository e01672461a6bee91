//! What pointers take in a data section, and the least that they could.

use std::collections::HashMap;

use anyhow::{Result, ensure};
use ipmint::mmdb::{DataWriter, Pool, Rows, ValueId, View};

/// Offsets from which on a pointer is longer by a byte.
const LIMITS: [usize; 3] = [2_048, 526_336, 134_744_064];

/// Prints bytes by the length of the pointer, the least, and what one other order of records comes to.
pub(crate) fn tell(file: &[u8], data: &[u8]) -> Result<()> {
    let mut n_by_len = [0_usize; 6];
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let mut at = 0;
    while at < data.len() {
        let Head { len, target } = head(data, at);
        if let Some(target) = target {
            n_by_len[len] += 1;
            *counts.entry(target).or_default() += 1;
        }
        at += len;
    }
    ensure!(at == data.len(), "the data section was misread");
    let now: usize = (2..6).map(|len| len * n_by_len[len]).sum();
    let of_file = |bytes: usize| 100.0 * bytes as f64 / file.len() as f64;
    println!("pointers, by bytes each: {}", {
        let told =
            (2..6).map(|len| format!("{len}: {} ({} bytes)", n_by_len[len], len * n_by_len[len]));
        told.collect::<Vec<_>>().join(", ")
    });

    // What is pointed to most for its length comes first. A map is counted as its head alone, what is in it may
    // be pointed to as well; so no order gets the same pointers below this, but for those to the one value at each
    // limit. What is no longer than a pointer stands there itself and is not counted: some might become pointers.
    let mut targets: Vec<(usize, usize)> =
        counts.iter().map(|(&target, &count)| (count, head(data, target).len)).collect();
    targets.sort_unstable_by(|a, b| (b.0 * a.1).cmp(&(a.0 * b.1)).then(a.cmp(b)));
    let (mut from, mut least) = (0, 0);
    for (count, len) in targets {
        least += count * (2 + LIMITS.iter().filter(|&&limit| from >= limit).count());
        from += len;
    }
    println!(
        "pointers take {now} bytes, {:.2} % of the file; no less than {least}, {:.2} %: at most {:.2} % to gain",
        of_file(now),
        of_file(least),
        of_file(now - least),
    );
    let (first_use, by_count) = sections(file)?;
    ensure!(first_use == data.len(), "written in the order of first use, the section is another");
    println!(
        "data section {first_use} bytes; records of much-used values first, {by_count}: {:+.2} % of the file",
        of_file(by_count) - of_file(first_use),
    );
    Ok(())
}

/// What stands at an offset.
struct Head {
    /// Bytes, payload included; of a map or an array without what is in it.
    len: usize,
    /// Where a pointer leads.
    target: Option<usize>,
}

fn head(data: &[u8], at: usize) -> Head {
    let number = |from: usize, n: usize| {
        data[from..from + n].iter().fold(0, |number, &byte| number << 8 | usize::from(byte))
    };
    let control = usize::from(data[at]);
    if control >> 5 == 1 {
        let extra = control >> 3 & 3;
        let low = number(at + 1, extra + 1);
        let target = match extra {
            3 => low,
            _ => ((control & 7) << (8 * (extra + 1)) | low) + [0, LIMITS[0], LIMITS[1]][extra],
        };
        return Head { len: extra + 2, target: Some(target) };
    }
    let mut next = at + 1;
    let mut kind = control >> 5;
    if kind == 0 {
        kind = 7 + usize::from(data[next]);
        next += 1;
    }
    let n_extra = (control & 0x1F).saturating_sub(28);
    let size = [control & 0x1F, 29, 285, 65_821][n_extra] + number(next, n_extra);
    next += n_extra;
    // Maps, arrays and truth values have no payload of that size.
    let payload = if matches!(kind, 7 | 11 | 14) { 0 } else { size };
    Head { len: next + payload - at, target: None }
}

/// Bytes of the section in the order of first use, and with those records first that hold what is used most.
fn sections(file: &[u8]) -> Result<(usize, usize)> {
    let mut pool = Pool::new();
    let rows = Rows::read(file, &mut pool)?;
    let used = rows.v4.iter().map(|run| run.value).chain(rows.v6.iter().map(|run| run.value));
    let mut is_record = vec![false; pool.len()];
    let records: Vec<u32> =
        used.filter(|&id| !std::mem::replace(&mut is_record[id as usize], true)).collect();
    let mut n_uses = vec![0_u64; pool.len()];
    for id in 0..pool.len() as u32 {
        children(&pool, id).iter().for_each(|child| n_uses[child.0 as usize] += 1);
    }
    let mut by_count = records.clone();
    by_count.sort_by_cached_key(|&id| std::cmp::Reverse(weight(&pool, id, &n_uses)));
    let len = |order: &[u32]| -> Result<usize> {
        let mut writer = DataWriter::new(&pool);
        for &id in order {
            writer.record(ValueId(id));
        }
        Ok(writer.finish()?.0.len())
    };
    Ok((len(&records)?, len(&by_count)?))
}

/// How often all that a value holds is used.
fn weight(pool: &Pool, id: u32, n_uses: &[u64]) -> u64 {
    let each = |child: &ValueId| n_uses[child.0 as usize] + weight(pool, child.0, n_uses);
    children(pool, id).iter().map(each).sum()
}

fn children(pool: &Pool, id: u32) -> &[ValueId] {
    match pool.view(ValueId(id)) {
        View::Scalar(..) => &[],
        View::Map(children) | View::Array(children) => children,
    }
}
