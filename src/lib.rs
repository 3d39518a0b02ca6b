//! leadhook catches the sales leads of a small business and gets every one of them to the systems
//! that act on them.

pub mod admin;
pub mod cli;
pub mod commands;
pub mod config;
pub mod daemon;
pub mod delivery;
pub mod domain;
pub mod http;
pub mod ingest;
pub mod log;
pub mod outbound;
pub mod store;
pub mod system;
