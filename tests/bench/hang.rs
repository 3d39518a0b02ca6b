//! One webhook hangs: what do the others feel?

use std::sync::Arc;
use std::time::Duration;

use crate::pace;
use crate::place::Directory;
use crate::real::{Real, webhook};
use crate::receiver::{Receiver, Reply};
use crate::table::{Row, ms, quantile};

const ROUNDS: usize = 4;
const POSTS: u32 = 300;
const HEALTHY: usize = 4;

/// Four healthy webhooks, with and without a fifth that accepts and never answers.
pub(crate) fn beside_healthy_ones() -> Vec<Row> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.extend(ways(None));
        let hanging = Receiver::always(Reply::Hang);
        with.extend(ways(Some(&hanging)));
    }
    let (without, with) = (quantile(without, 0.99), quantile(with, 0.99));
    vec![Row {
        what: "p99 of four webhooks beside one that hangs".to_owned(),
        figure: ms(with),
        reference: format!("without it {}", ms(without)),
        ratio: Some(with / without),
        aim: "<= 1.20, and 1 ms more at most".to_owned(),
        holds: Some(with <= without * 1.2 && with - without <= 0.001),
    }]
}

fn ways(hanging: Option<&Receiver>) -> Vec<f64> {
    let receivers: Vec<Receiver> = (0..HEALTHY)
        .map(|_| Receiver::always(Reply::status(200)))
        .collect();
    let healthy = receivers.iter().enumerate();
    let healthy = healthy.map(|(n, receiver)| webhook(&format!("healthy-{n}"), &receiver.url()));
    let hanging = hanging.map(|receiver| webhook("hanging", &receiver.url()));
    let webhooks: Vec<String> = healthy.chain(hanging).collect();
    let real = Real::start(Arc::new(Directory::new()), &webhooks);
    let began = pace::post(real.address(), Duration::from_millis(20), POSTS);
    pace::ways(&began, &receivers.iter().collect::<Vec<_>>())
}
