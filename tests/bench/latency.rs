//! How long one post takes, and how long until the receiver has it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::bare::Rows;
use crate::load::{LEAD, Line, request};
use crate::model::Model;
use crate::pace;
use crate::place::Directory;
use crate::real::{Real, webhook};
use crate::receiver::{Receiver, Reply};
use crate::table::{Row, median, ms, quantile};

const ROUNDS: usize = 5;
const POSTS: usize = 1000;

/// One connection, one post after the other, held against one commit of the same rows.
pub(crate) fn one_connection(model: &Model) -> Vec<Row> {
    let directory = Arc::new(Directory::new());
    let mut rows = Rows::create(&directory.path().join("bare.redb"), model);
    let real = Real::start(directory.clone(), &[]);
    let request = request(LEAD);
    let mut line = Line::open(real.address());
    let (mut posts, mut commits) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        posts.extend((0..POSTS).map(|_| timed(|| drop(line.exchange(&request).to_vec()))));
        commits.extend((0..POSTS).map(|_| timed(|| rows.commit_one())));
    }
    let (post, commit) = (median(posts), median(commits));
    vec![Row {
        what: "one connection, p50".to_owned(),
        figure: ms(post),
        reference: format!("one commit {}", ms(commit)),
        ratio: Some(post / commit),
        aim: "at most 0.3 ms more".to_owned(),
        holds: Some(post - commit <= 0.0003),
    }]
}

fn timed(act: impl FnOnce()) -> f64 {
    let began = Instant::now();
    act();
    began.elapsed().as_secs_f64()
}

/// From before the post to its arrival at the receiver, at 50 leads a second.
pub(crate) fn whole_way() -> Vec<Row> {
    let receiver = Receiver::always(Reply::status(200));
    let webhooks = [webhook("crm", &receiver.url())];
    let real = Real::start(Arc::new(Directory::new()), &webhooks);
    let began = pace::post(real.address(), Duration::from_millis(20), 500);
    let ways = pace::ways(&began, &[&receiver]);
    let (half, most) = (quantile(ways.clone(), 0.5), quantile(ways, 0.99));
    vec![Row {
        what: "post to the receiver's socket, 50 leads/s".to_owned(),
        figure: format!("p50 {}, p99 {}", ms(half), ms(most)),
        reference: "-".to_owned(),
        ratio: None,
        aim: "p50 < 2 ms, p99 < 10 ms".to_owned(),
        holds: Some(half < 0.002 && most < 0.010),
    }]
}
