//! leadhook catches the sales leads of a small business and gets every one of them to the systems
//! that act on them.
//!
//! # The idea
//!
//! HTTP turns a post into a submission; the domain decides what it means; the store remembers the
//! decision in one durable commit; delivery sends what is due and records what came of it.
//!
//! # The house
//!
//! ```text
//!              main → cli → commands
//!                            │
//!                         daemon          wiring; the order of start and stop
//!       ┌────────────────────┼────────────────────┐
//!    ingest                admin              delivery        the three activities
//!       │   ╲              ╱  │ ╲             │     │
//!     http   ╲            ╱  http ╲           │  outbound     every request that leaves
//!             ╲── store ─────────────────────╯                redb lives here and nowhere else
//!                   │
//!                 domain                                      rules and words; no I/O
//! ```
//!
//! Arrows point down only. `ingest` asks through `outbound`, too: whether a captcha holds. `config`
//! turns a TOML file into values of the domain. `log` and `system` (clock, dice, supervisor) are given to
//! whoever needs them, and `metrics` has what they count with. `ingest` and `delivery` do not know
//! each other: they meet in the store, which rings a bell when something has become due. `upkeep`,
//! beside them, has the store back itself up, let go of what is old, and erase who wants to be
//! forgotten. `alerts` looks at delivery, upkeep and the store, and tells the owner what is not in order
//! ([`domain::incident`]). `tests/house` holds the layers.
//!
//! # The way of a lead
//!
//! 1. [`http`] reads the head; [`ingest`] finds the source, checks its secret, its pace and the state
//!    of the store, and lets the body be read. A signature is checked on the bytes of the body
//!    ([`domain::inbound_auth`]).
//! 2. [`domain::raw`] makes a tree of it, [`domain::intake`] a submission: every value has found its
//!    field, or a label among the additional fields. [`domain::derive`] adds what the post and its
//!    visitor tell beyond that; it stands in for what was not posted.
//! 3. The [`store`]'s writer takes what waits into one transaction. [`domain::decision`] makes the
//!    lead, new or merged with what it was. [`domain::derive::complete`] derives what is left, with
//!    what only the store knows; [`domain::judgement`] says what the owner's settings make of it, spam
//!    among them. It is new, an update or nothing new; the event goes into the lane of
//!    every webhook that wants it. The commit is on disk; only then is the post answered. A person's
//!    edit goes the same way from here on.
//! 4. The bell wakes the [`delivery`] crew of each webhook. It takes the heads of lanes that are due,
//!    makes of the payload ([`domain::event`]) the request that the receiver wants
//!    ([`domain::request`], [`domain::body`], [`domain::template`]), signs it ([`domain::signature`])
//!    and sends it ([`outbound`]); a receiver of e-mail gets a letter ([`domain::letter`]). What the
//!    answer means, [`domain::answers`] says.
//! 5. [`domain::delivery`] decides what the outcome means; the attempt, the new due time or the end of
//!    the delivery, and the next head of the lane become one commit with whatever else waits.
//!
//! Beside the way, when no posts come or many segments are missing, the store's indexer puts the words
//! of leads into segments, so that a search need not read the leads; what has no segment yet is read.
//!
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | source | a named place that leads come from: its auth, its lead type |
//! | submission | one post, normalised, not yet decided |
//! | tally | what came by a source: counts, and the last refused posts |
//! | lead | the person or firm that asked; its fields, its revision |
//! | changes | field → previous value, of one update |
//! | trigger | `new`, `update` |
//! | event | a trigger with the lead as it was then; its record never changes |
//! | webhook | a configured receiver: name, url, filter, secret, schedule |
//! | delivery | one event on its way to one webhook: pending, delivered, failed, cancelled |
//! | attempt | one try of a delivery, by HTTP or e-mail, with its outcome |
//! | lane | all deliveries of one lead to one webhook, in order |
//! | due | may be sent from a time on |
//! | hold | why a webhook sends nothing: paused by hand, stopped by its receiver, suspended |
//! | segment | which words the leads of one stretch of ids have |
//! | replay | put a delivery that has ended back into its lane |
//! | task | a replay or a cancellation of many deliveries, done in bites |
//! | incident | trouble that lasts, from when it is told to when it is over |
//! | alert | what is told of an incident, by e-mail or by a webhook for alerts only |
//! | crew | the threads of one webhook |
//! | feed | the newest attempts as they are made, for who follows them |
//!
//! # Invariants
//!
//! [`store::Store::verify`] checks what of them a database tells, in tests and by `leadhook verify`; the
//! rest (what was answered is there, and in the journal) is tried in `tests/crash` and `tests/kill`.
//!
//! - A post answered with 2xx is on disk with its event and all its deliveries.
//! - A lead is what its newest event says; its events count up without a gap, from 1 or behind those
//!   that retention let go.
//! - Every e-mail address, telephone number and visitor id of a lead leads to it.
//! - A lane that is not empty has exactly one delivery in `due`: its first.
//! - A delivery in `due` is pending; a pending delivery is in its lane.
//! - A delivery's event exists as long as the delivery does.
//! - Attempts are numbered without a gap up to the count of their delivery; retention may let go of the
//!   first ones.
//! - What is acknowledged is in the journal, too, where one is kept, before it is committed.
//!
//! What is deliberately absent: the domain has no clock, no dice, no file, no socket and no thread;
//! nothing is written before a request is sent; while all is well, nobody polls for what a bell can tell.

pub mod admin;
pub mod alerts;
pub mod cli;
pub mod commands;
pub mod config;
pub mod daemon;
pub mod delivery;
pub mod domain;
pub mod http;
pub mod ingest;
pub mod log;
pub mod metrics;
pub mod outbound;
pub mod store;
pub mod system;
pub mod upkeep;
