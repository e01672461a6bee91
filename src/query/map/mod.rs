//! Pictures of networks: Hilbert's curve through a prefix, a colour for each block of addresses.
//!
//! ```text
//! range ─► View: cells on the curve ─► what is known of each ─► colours ─► a page with grid, labels, legend ─► PNG
//!                                                                    └► the cells alone ────────────────┘
//! ```
//!
//! The same database, range and options give the same bytes.

mod bare;
mod canvas;
mod cells;
mod colour;
mod draw;
mod font;
mod hilbert;
mod legend;
mod names;
mod options;
mod paint;
mod scale;
mod view;

pub use draw::draw_map;
pub use options::{MapFrame, MapOptions, MapSize, MapSizeError, MapSubject, MapSubjectError};
