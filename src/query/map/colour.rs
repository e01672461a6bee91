//! The colours of maps: a palette, and the scale in it.
//!
//! The scale runs from light yellow over green to dark violet, and gets darker all the way: who sees no colours at
//! all still sees the order. Groups have colours of Okabe and Ito, which differ to every kind of eye.

/// How many steps the scale has.
pub(super) const STEPS: u8 = 240;

/// What is around the map.
pub(super) const PAPER: u8 = 0;
/// Letters and ticks.
pub(super) const INK: u8 = 1;
/// Less important letters.
pub(super) const GREY: u8 = 2;
/// Lines between blocks.
pub(super) const GRID: u8 = 3;
/// No record.
pub(super) const UNKNOWN: u8 = 4;
/// A record, but nothing of what is shown.
pub(super) const NOTHING: u8 = 5;
/// Not asked for: two stripes.
pub(super) const OUTSIDE: [u8; 2] = [6, 7];
/// The groups: Tor, VPN, proxy, relay, abuse, hosting.
pub(super) const GROUPS: [u8; 6] = [8, 9, 10, 11, 12, 13];

/// Colours that say that nothing was found, from the first: of bare cells they are transparent.
pub(super) const N_CLEAR: u8 = GROUPS[0];

/// The first step of the scale.
const SCALE: u8 = 16;

/// A step of the scale, from 0.
pub(super) fn step(step: u8) -> u8 {
    SCALE + step.min(STEPS - 1)
}

const FIXED: [(u8, [u8; 3]); 14] = [
    (PAPER, [255, 255, 255]),
    (INK, [26, 28, 32]),
    (GREY, [96, 100, 108]),
    (GRID, [198, 202, 208]),
    (UNKNOWN, [250, 250, 250]),
    (NOTHING, [228, 231, 236]),
    (OUTSIDE[0], [214, 214, 214]),
    (OUTSIDE[1], [240, 240, 240]),
    (GROUPS[0], [213, 94, 0]),
    (GROUPS[1], [0, 114, 178]),
    (GROUPS[2], [230, 159, 0]),
    (GROUPS[3], [86, 180, 233]),
    (GROUPS[4], [0, 0, 0]),
    (GROUPS[5], [0, 158, 115]),
];

/// Evenly spaced along the scale.
const ANCHORS: [[u8; 3]; 7] = [
    [250, 232, 80],
    [171, 214, 64],
    [84, 186, 108],
    [34, 150, 136],
    [42, 111, 142],
    [62, 68, 134],
    [66, 8, 82],
];

/// Red, green and blue of every colour, in order.
pub(super) fn palette() -> Vec<u8> {
    let mut colours = vec![[0; 3]; usize::from(SCALE)];
    for (idx, colour) in FIXED {
        colours[usize::from(idx)] = colour;
    }
    let last = u32::from(STEPS) - 1;
    for step in 0..=last {
        let place = step * (ANCHORS.len() as u32 - 1);
        let (idx, part) = ((place / last) as usize, place % last);
        let to = ANCHORS[(idx + 1).min(ANCHORS.len() - 1)];
        let mix = |channel: usize| {
            let (from, to) = (u32::from(ANCHORS[idx][channel]), u32::from(to[channel]));
            ((from * (last - part) + to * part + last / 2) / last) as u8
        };
        colours.push([mix(0), mix(1), mix(2)]);
    }
    colours.concat()
}

#[cfg(test)]
mod tests {
    use crate::query::map::colour::{NOTHING, STEPS, palette, step};

    /// Relative luminance (WCAG 2.2), in thousandths.
    fn luminance(colour: u8) -> f64 {
        let palette = palette();
        let linear = |channel: usize| {
            let value = f64::from(palette[3 * usize::from(colour) + channel]) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        212.6 * linear(0) + 715.2 * linear(1) + 72.2 * linear(2)
    }

    #[test]
    fn the_scale_gets_darker_all_the_way() {
        assert_eq!(palette().len(), 3 * 256);
        let steps: Vec<f64> = (0..STEPS).map(|n| luminance(step(n))).collect();
        assert!(steps.windows(2).all(|pair| pair[1] <= pair[0] + 0.01), "{steps:?}");
        // Lightness, as the eye has it, falls about evenly: no part of the scale is flat.
        let light: Vec<f64> = steps.iter().step_by(40).map(|y| (y / 1000.0).cbrt()).collect();
        assert!(light.windows(2).all(|pair| pair[0] - pair[1] > 0.05), "{light:?}");
        assert!(luminance(NOTHING) > steps[0]);
    }
}
