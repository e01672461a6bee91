//! Straight lines through measurements, by least squares.

/// `y = slope * x + start`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) slope: f64,
    pub(super) start: f64,
    /// The share of the variance of `y` that the line explains, 0 to 1.
    pub(super) explained: f64,
}

/// The line through points that are not all above each other; `None` for fewer than two.
pub(super) fn line(points: &[(f64, f64)]) -> Option<Line> {
    let n = points.len() as f64;
    let (mean_x, mean_y) = (
        points.iter().map(|point| point.0).sum::<f64>() / n,
        points.iter().map(|point| point.1).sum::<f64>() / n,
    );
    let sum = |of: fn(f64, f64) -> f64| -> f64 {
        points.iter().map(|(x, y)| of(x - mean_x, y - mean_y)).sum()
    };
    let (xx, xy, yy) = (sum(|x, _| x * x), sum(|x, y| x * y), sum(|_, y| y * y));
    if points.len() < 2 || xx == 0.0 {
        return None;
    }
    let slope = xy / xx;
    let explained = if yy == 0.0 { 1.0 } else { xy * xy / (xx * yy) };
    Some(Line { slope, start: mean_y - slope * mean_x, explained })
}

/// The exponent of growth: 1 is linear, 2 is quadratic. Points are above 0.
pub(super) fn exponent(points: &[(f64, f64)]) -> Option<Line> {
    let logarithms: Vec<_> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    line(&logarithms)
}

#[cfg(test)]
mod tests {
    use crate::bench::fit::{exponent, line};

    #[test]
    fn a_straight_line_is_found() {
        let found = line(&[(1.0, 5.0), (2.0, 7.0), (4.0, 11.0)]).unwrap();
        assert!((found.slope - 2.0).abs() < 1e-9 && (found.start - 3.0).abs() < 1e-9, "{found:?}");
        assert!((found.explained - 1.0).abs() < 1e-9);
        assert_eq!(line(&[(1.0, 5.0)]), None);
        assert_eq!(line(&[(1.0, 5.0), (1.0, 6.0)]), None);
    }

    #[test]
    fn squares_grow_by_the_second_power() {
        let squares: Vec<(f64, f64)> =
            [1.0, 2.0, 4.0, 8.0].iter().map(|x| (*x, 3.0 * x * x)).collect();
        assert!((exponent(&squares).unwrap().slope - 2.0).abs() < 1e-9);
    }
}
