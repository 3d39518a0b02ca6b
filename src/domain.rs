//! The rules and the words: what a lead is, what a post means, what is sent and when again.
//!
//! Pure: no clock, no dice, no file, no socket, no thread. Time, ids and random numbers come in as
//! arguments, decisions go out as values.

pub mod advice;
pub mod answers;
pub mod body;
pub mod condition;
pub mod contact;
pub mod control;
pub mod csv;
pub mod decision;
pub mod delivery;
pub mod derive;
pub mod edit;
pub mod event;
pub mod field;
pub mod form;
pub mod guard;
pub mod health;
pub mod html;
pub mod inbound_auth;
pub mod incident;
pub mod indent;
pub mod intake;
pub mod judgement;
pub mod jump;
pub mod lead;
pub mod lead_type;
pub mod letter;
pub mod listing;
pub mod location;
pub mod mail;
pub mod mapping;
pub mod names;
pub mod pace;
pub mod phone;
pub mod posting;
pub mod raw;
mod readable;
pub mod request;
pub mod retry;
pub mod sample;
pub mod secret;
pub mod signature;
pub mod source;
pub mod tally;
pub mod template;
pub mod time;
pub mod units;
pub mod unmapped;
pub mod url;
pub mod value;
mod visitor_id;
pub mod watch;
pub mod webhook;
pub mod words;
