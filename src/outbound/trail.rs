//! How far the request of this thread has come.
//!
//! ureq's errors say that something was refused or took too long, seldom at which stage. It runs a
//! request on the thread that asks for it, so the parts that are ours — resolver, sockets, the watch
//! around every connection — leave their mark in a variable of that thread.

use std::cell::Cell;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport,
};

use super::trace;
use crate::domain::delivery::Stage;

/// What is known of the request under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    /// The stage it is in.
    pub(super) stage: Stage,
    /// It opened a connection of its own, rather than taking a kept one.
    pub(super) fresh: bool,
    /// Something of an answer has arrived.
    pub(super) heard: bool,
}

const START: Trail = Trail {
    stage: Stage::Prepare,
    fresh: false,
    heard: false,
};

thread_local! {
    static TRAIL: Cell<Trail> = const { Cell::new(START) };
}

/// Begins a request.
pub(super) fn start() {
    TRAIL.set(START);
}

/// Where the request is.
pub(super) fn now() -> Trail {
    TRAIL.get()
}

/// The request has come to `stage`.
pub(super) fn reached(stage: Stage) {
    TRAIL.set(Trail {
        stage,
        ..TRAIL.get()
    });
    trace::reached(stage);
}

/// What was thought to be sent could not be.
pub(super) fn not_sent() {
    if now().stage == Stage::Answer && !now().heard {
        reached(Stage::Send);
    }
}

/// Notes that TLS begins; stands before ureq's own connector for it.
#[derive(Debug)]
pub(super) struct BeforeTls;

impl<In: Transport> Connector<In> for BeforeTls {
    type Out = In;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<In>, Error> {
        if details.needs_tls() {
            reached(Stage::Tls);
        }
        Ok(chained)
    }
}

/// Puts a watch around every finished connection; stands last.
#[derive(Debug)]
pub(super) struct Watch {
    /// With a proxy, the connection to the proxy itself comes by here too and is not watched: what
    /// is said to the proxy is part of connecting.
    pub(super) proxied: bool,
}

impl<In: Transport> Connector<In> for Watch {
    type Out = Either<In, Watched<In>>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if self.proxied && details.config.proxy().is_none() {
            return Ok(chained.map(Either::A));
        }
        TRAIL.set(Trail {
            fresh: true,
            ..now()
        });
        Ok(chained.map(|transport| Either::B(Watched(transport))))
    }
}

/// A connection that leaves its marks.
#[derive(Debug)]
pub(super) struct Watched<T>(T);

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        reached(Stage::Send);
        trace::written(&self.0.buffers().output()[..amount]);
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        reached(Stage::Answer);
        let progress = self.0.await_input(timeout)?;
        if progress {
            TRAIL.set(Trail {
                heard: true,
                ..now()
            });
            trace::heard();
        }
        Ok(progress)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
