//! From a stream to a stream, on several threads, in order.

use std::io::{self, Read, Write};
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::mmdb::{FormatError, Reader};
use crate::query::enrich::csv::{self, Columns};
use crate::query::enrich::render::Form;
use crate::query::enrich::split::{Ends, Piece, Splitter};
use crate::query::enrich::worker::{MAX_LINE, Worker};
use crate::query::enrich::{Csv, Fields, Ndjson, Place, Sizes, Tally, lines, ndjson};

/// What a stream is made of.
#[derive(Clone, Debug)]
pub enum Format {
    /// Lines of any text.
    Lines(Place),
    /// A JSON object a line.
    Ndjson(Ndjson),
    /// Records of cells.
    Csv(Csv),
}

/// Why a stream was not enriched to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrichError {
    /// It cannot be read.
    #[error("the input cannot be read")]
    Read(#[source] io::Error),
    /// What was made cannot be written.
    #[error("the output cannot be written")]
    Write(#[source] io::Error),
    /// No column of CSV has the address.
    #[error("{0}")]
    Column(String),
    /// The database is damaged.
    #[error("the database is damaged; try `ipmint verify` on the file")]
    Format(#[from] FormatError),
}

/// Adds fields of a database to what comes.
#[derive(Debug)]
pub struct Enricher<'a> {
    reader: &'a Reader<'a>,
    fields: &'a Fields,
    format: Format,
    sizes: Sizes,
}

type Done = Result<(Vec<u8>, Tally), EnrichError>;

impl<'a> Enricher<'a> {
    /// Reads a mebibyte at once.
    pub fn new(reader: &'a Reader<'a>, fields: &'a Fields, format: Format) -> Self {
        Self { reader, fields, format, sizes: Sizes { chunk: 1 << 20, line: MAX_LINE } }
    }

    /// With other sizes; the output does not depend on them, as long as lines are not longer than `line`.
    pub fn with_sizes(self, sizes: Sizes) -> Self {
        Self { sizes, ..self }
    }

    /// Enriches a stream with so many threads, beside one that reads; the output does not depend on how many. What
    /// has been read is written without waiting for more. `watch` is told how far it is.
    ///
    /// # Errors
    /// If the input cannot be read, the output not written, or a record of the database is damaged.
    pub fn run(
        &self,
        input: impl Read + Send,
        output: &mut impl Write,
        n_threads: usize,
        mut watch: impl FnMut(&Tally),
    ) -> Result<Tally, EnrichError> {
        let n_threads = n_threads.max(1);
        let ends = match &self.format {
            Format::Csv(csv) => Ends::records(csv.delimiter),
            _ => Ends::Lines,
        };
        let mut splitter = Splitter::new(input, ends, self.sizes);
        let (columns, first) = self.begin(&mut splitter, output)?;
        let (jobs, queue) = sync_channel(n_threads);
        // What is made waits here in the order of the stream; so it bounds all that is held.
        let (in_order, made) = sync_channel(2 * n_threads);
        let queue = Mutex::new(queue);
        let mut total = Tally::default();
        thread::scope(|scope| {
            for _ in 0..n_threads {
                scope.spawn(|| self.work(&queue, columns));
            }
            scope.spawn(move || read(splitter, first, &jobs, &in_order));
            for done in made {
                let (bytes, tally) = done.recv().expect("a worker answers")?;
                let written = output.write_all(&bytes).and_then(|()| output.flush());
                written.map_err(EnrichError::Write)?;
                total += tally;
                watch(&total);
            }
            Ok(total)
        })
    }

    /// Reads what the first record says of the others; returns what of it is to be enriched.
    fn begin(
        &self,
        splitter: &mut Splitter<impl Read>,
        output: &mut impl Write,
    ) -> Result<(Option<Columns>, Option<Piece>), EnrichError> {
        let Format::Csv(csv) = &self.format else { return Ok((None, None)) };
        let first = splitter.head().map_err(EnrichError::Read)?;
        if first.is_empty() {
            return Ok((None, None));
        }
        let columns = csv.columns(&first).map_err(EnrichError::Column)?;
        if !csv.has_header {
            return Ok((Some(columns), Some(Piece::Whole(first))));
        }
        let mut header = Vec::new();
        columns.header(&first, self.fields.paths(), &mut header);
        output.write_all(&header).map_err(EnrichError::Write)?;
        Ok((Some(columns), None))
    }

    fn work(&self, queue: &Mutex<Receiver<Job>>, columns: Option<Columns>) {
        // An expression has memory of its own in each thread.
        let format = self.format.clone();
        let form = match &format {
            Format::Lines(_) => Form::Pairs,
            Format::Ndjson(_) => Form::Object,
            Format::Csv(csv) => Form::Cells(csv.delimiter),
        };
        let mut worker = Worker::new(self.reader, self.fields, form);
        loop {
            let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Job { piece, answer }) = job else { return };
            let mut out = Vec::new();
            let done = self.piece(&mut worker, &format, columns, piece, &mut out);
            let tally = mem::take(&mut worker.tally);
            // Whoever wanted it may have given up.
            let _ = answer.send(done.map(|()| (out, tally)));
        }
    }

    fn piece(
        &self,
        worker: &mut Worker<'_>,
        format: &Format,
        columns: Option<Columns>,
        piece: Piece,
        out: &mut Vec<u8>,
    ) -> Result<(), EnrichError> {
        let n_fields = self.fields.paths().len();
        match piece {
            Piece::Whole(chunk) => {
                out.reserve(chunk.len() + chunk.len() / 2);
                match (format, columns) {
                    (Format::Lines(place), _) => lines::enrich(worker, place, &chunk, out)?,
                    (Format::Ndjson(options), _) => ndjson::enrich(worker, options, &chunk, out)?,
                    (Format::Csv(_), Some(columns)) => {
                        csv::enrich(worker, columns, n_fields, &chunk, out)?;
                    }
                    // Without a first record there are no others.
                    (Format::Csv(_), None) => {}
                }
            }
            Piece::Part(part) => *out = part,
            Piece::Last(last) => {
                worker.tally.n_lines += 1;
                worker.tally.n_too_long += 1;
                match columns {
                    Some(columns) => csv::end_long(columns, n_fields, &last, out),
                    None => *out = last,
                }
            }
        }
        Ok(())
    }
}

/// A piece, and where what is made of it goes.
struct Job {
    piece: Piece,
    answer: SyncSender<Done>,
}

fn read(
    mut splitter: Splitter<impl Read>,
    first: Option<Piece>,
    jobs: &SyncSender<Job>,
    in_order: &SyncSender<Receiver<Done>>,
) {
    let mut first = first.map(Ok);
    while let Some(piece) = first.take().or_else(|| splitter.next().transpose()) {
        let (answer, done) = sync_channel(1);
        // Where nobody waits for it any more there is no use in reading on.
        if in_order.send(done).is_err() {
            return;
        }
        match piece {
            Ok(piece) => {
                if jobs.send(Job { piece, answer }).is_err() {
                    return;
                }
            }
            Err(error) => {
                let _ = answer.send(Err(EnrichError::Read(error)));
                return;
            }
        }
    }
}
