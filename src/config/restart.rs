//! What a reload cannot change.

use super::Config;

impl Config {
    /// The keys that differ in `new` and cannot change while the daemon runs. Sources, webhooks,
    /// account and profiles can.
    pub fn needs_restart(&self, new: &Config) -> Vec<&'static str> {
        let (a, b) = (&self.ingest, &new.ingest);
        let ingest = [
            ("ingest.listen", a.listen != b.listen),
            (
                "ingest.body_bytes_max",
                a.body_bytes_max != b.body_bytes_max,
            ),
            (
                "ingest.connections_max",
                a.connections_max != b.connections_max,
            ),
            (
                "ingest.connections_per_address",
                a.connections_per_address != b.connections_per_address,
            ),
            (
                "ingest.header_timeout",
                a.header_timeout != b.header_timeout,
            ),
            ("ingest.body_timeout", a.body_timeout != b.body_timeout),
            (
                "ingest.connection_life",
                a.connection_life != b.connection_life,
            ),
            (
                "ingest.trusted_proxies",
                a.trusted_proxies != b.trusted_proxies,
            ),
            ("ingest.waiting_max", a.waiting_max != b.waiting_max),
        ];
        let (a, b) = (&self.admin, &new.admin);
        let admin = [
            ("admin.listen", a.listen != b.listen),
            ("admin.token", a.tokens != b.tokens),
            ("admin.public_url", a.public_url != b.public_url),
            ("admin.inspector", a.inspector != b.inspector),
            ("admin.inspector_keep", a.inspector_keep != b.inspector_keep),
        ];
        let (a, b) = (&self.store, &new.store);
        let store = [
            ("store.path", a.path != b.path),
            ("store.cache", a.cache_bytes != b.cache_bytes),
            ("store.low_space", a.low_space_bytes != b.low_space_bytes),
            (
                "store.very_low_space",
                a.very_low_space_bytes != b.very_low_space_bytes,
            ),
            ("store.start_delay", a.start_delay != b.start_delay),
        ];
        let rest = [
            ("log.format", self.log.format != new.log.format),
            ("log.level", self.log.level != new.log.level),
            ("stop.grace", self.stop.grace != new.stop.grace),
        ];
        let all = ingest.into_iter().chain(admin).chain(store);
        let all = all.chain(upkeep(self, new)).chain(rest);
        all.filter(|(_, differs)| *differs)
            .map(|(key, _)| key)
            .collect()
    }
}

/// The keys of what is kept, and whether each differs.
fn upkeep(old: &Config, new: &Config) -> Vec<(&'static str, bool)> {
    let (a, b) = (&old.backup, &new.backup);
    let backup = [
        ("backup.directory", a.directory != b.directory),
        ("backup.every", a.every != b.every),
        ("backup.keep", a.keep != b.keep),
        ("backup.run", a.run != b.run),
        ("backup.run_timeout", a.run_timeout != b.run_timeout),
        ("backup.journal", a.journal != b.journal),
    ];
    let (a, b) = (&old.retention, &new.retention);
    let retention = [
        ("retention.leads", a.leads != b.leads),
        ("retention.spam", a.spam != b.spam),
        ("retention.revisions", a.revisions != b.revisions),
        ("retention.deliveries", a.deliveries != b.deliveries),
        ("retention.attempts", a.attempts != b.attempts),
        ("retention.files", a.files != b.files),
        ("retention.size_max", a.size_max != b.size_max),
    ];
    backup.into_iter().chain(retention).collect()
}
