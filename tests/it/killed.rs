//! A fetch that is killed at any moment leaves a cache that the next one goes on with.

use std::process::Stdio;
use std::time::Duration;

use crate::draw::Dice;
use crate::operator::Operator;
use crate::origin::{Answer, list};

/// Every series has a cache of its own.
const N_SERIES: u32 = 5;

/// Kills in a series, each in the middle of other content.
const N_KILLS: u32 = 10;

/// Feeds, each on a host of its own.
const N_FEEDS: u8 = 3;

/// Rows of a feed: more than 1 MiB, so that downloads are resumed.
const N_ROWS: u32 = 80_000;

const FETCH: [&str; 5] = ["fetch", "--feeds", "feeds", "--cache", "cache"];

/// Starts a fetch and kills it once the origin has sent so many bytes.
fn fetch_and_kill(operator: &Operator, n_bytes: u64) {
    operator.origin.forget();
    let mut command = operator.command(&FETCH);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary starts");
    let look = Duration::from_millis(20);
    while !operator.origin.wait_until_served(n_bytes, look) {
        if child.try_wait().expect("ours").is_some() {
            break;
        }
    }
    // SIGKILL; an error means that it ended by itself.
    let _ = child.kill();
    child.wait().expect("ours");
}

#[test]
fn fifty_kills_leave_every_snapshot_whole() {
    let mut dice = Dice::new(2026);
    let mut n_resumed = 0;
    for series in 0..N_SERIES {
        let operator = Operator::new(N_FEEDS);
        for host in 1..=N_FEEDS {
            let url = operator.origin.url(host, &format!("/{host}"));
            operator.feed(&format!("list-{host}"), &url, "");
        }
        operator.run(&[&FETCH[..], &["anchor"]].concat()).expect_code(0);
        for kill in 0..N_KILLS {
            let start = (series * N_KILLS + kill) * 100;
            let contents: Vec<(String, String)> = (1..=u32::from(N_FEEDS))
                .map(|feed| (format!("/{feed}"), list(start + feed, N_ROWS)))
                .collect();
            for (path, content) in &contents {
                let dripping = Answer::content(content).drip(64 << 10, Duration::from_millis(1));
                operator.origin.route(path, vec![dripping]);
            }
            let n_total: usize = contents.iter().map(|(_, content)| content.len()).sum();
            fetch_and_kill(&operator, dice.below(n_total + 1) as u64);
            operator.check_snapshots();

            for (path, content) in &contents {
                operator.origin.route(path, vec![Answer::content(content)]);
            }
            operator.run(&FETCH).expect_code(0);
            operator.check_snapshots();
            for (path, content) in &contents {
                assert!(operator.has_snapshot(content), "series {series}, kill {kill}: {path}");
            }
            let requests = operator.origin.requests();
            n_resumed += requests.iter().filter(|request| request.status == 206).count();
            operator.wait_hours(2);
        }
        operator.report(&[]).expect("list-1", "fresh");
    }
    eprintln!("{n_resumed} downloads were resumed");
}
