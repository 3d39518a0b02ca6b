//! The trials: what each one promises, and the tests that hold it to that, in their long form.

/// One line of the table.
pub(crate) struct Trial {
    /// What it is chosen by.
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) runs: &'static [Run],
}

/// Tests of one target.
pub(crate) struct Run {
    pub(crate) target: &'static str,
    /// Beginnings of their names, or parts of them.
    pub(crate) tests: &'static [&'static str],
    /// What asks for the long form.
    pub(crate) long: &'static [(&'static str, &'static str)],
}

const fn run(target: &'static str, tests: &'static [&'static str]) -> Run {
    const ALL: &[(&str, &str)] = &[("LEADHOOK_FAULTS", "all")];
    Run {
        target,
        tests,
        long: ALL,
    }
}

const fn kills(times: &'static [(&'static str, &'static str)], test: &'static [&str]) -> Run {
    Run {
        target: "kill",
        tests: test,
        long: times,
    }
}

/// In the order of the table.
pub(crate) const TRIALS: [Trial; 18] = [
    Trial {
        name: "kill",
        what: "kill -9 under load, 200 times: nothing acknowledged missing, undelivered or disordered",
        runs: &[kills(
            &[("LEADHOOK_KILLS", "200")],
            &["whatever_is_killed_nothing_acknowledged_is_lost_or_disordered"],
        )],
    },
    Trial {
        name: "power",
        what: "power cut at every sync, writes reordered: opens, invariants hold, nothing acknowledged missing",
        runs: &[run(
            "crash",
            &["power::", "journal::a_power_cut_at_any_sync"],
        )],
    },
    Trial {
        name: "disk",
        what: "I/O error and full disk at every write and sync: 503, nothing acknowledged missing, recovers or gives up",
        runs: &[run("crash", &["io_errors::", "space::", "answers::"])],
    },
    Trial {
        name: "exhausted",
        what: "descriptors and threads exhausted under load: refuses, stays alive, recovers",
        runs: &[run("endurance", &["exhausted::"])],
    },
    Trial {
        name: "idle",
        what: "10,000 slow or idle connections: a healthy client is answered within a second",
        runs: &[run("endurance", &["crowd::"])],
    },
    Trial {
        name: "flips",
        what: "one random bit flipped in the file: never a silently wrong lead",
        runs: &[run("crash", &["damage::", "records::"])],
    },
    Trial {
        name: "disaster",
        what: "the file destroyed at a random moment: backup and journal bring back all that was acknowledged",
        runs: &[kills(
            &[("LEADHOOK_KILLS", "100")],
            &["whatever_becomes_of_the_database_backup_and_journal_bring_all_of_it_back"],
        )],
    },
    Trial {
        name: "writeback",
        what: "a write-back error told only at fsync, by a file system on a too small store",
        runs: &[run("endurance", &["writeback::"])],
    },
    Trial {
        name: "receivers",
        what: "hostile receivers: bounded time and memory, recorded, others undisturbed",
        runs: &[
            run("outbound", &["hostile_receivers::", "answers::"]),
            run("receivers", &["neighbours::", "faults::"]),
        ],
    },
    Trial {
        name: "addresses",
        what: "addresses meant to reach inside, by every notation, rebinding, redirect: refused",
        runs: &[run(
            "outbound",
            &[
                "addresses::",
                "names::",
                "answers::a_redirect_is_shown_without_secrets_and_not_followed",
            ],
        )],
    },
    Trial {
        name: "http",
        what: "malformed HTTP and smuggling corners: no crash, no desynchronisation",
        runs: &[run(
            "http",
            &["corners::", "refusals::", "bodies::", "connections::"],
        )],
    },
    Trial {
        name: "bodies",
        what: "JSON conformance, naughty strings, malformed forms, posts made to be slow: defined answers",
        runs: &[
            run("bodies", &["json::", "strings::", "multipart::"]),
            run("mapping", &["hostile::"]),
        ],
    },
    Trial {
        name: "fuzz",
        what: "spoiled samples, ten minutes for each parser: no panic, an answer or a refusal",
        runs: &[Run {
            target: "fuzz",
            tests: &["whatever_bytes_come_each_parser_gives_an_answer_or_a_refusal"],
            long: &[("LEADHOOK_MINUTES", "10")],
        }],
    },
    Trial {
        name: "memory",
        what: "memory exhausted: refuses, stays alive, recovers; dead for want of it, loses nothing",
        runs: &[run("endurance", &["memory::"])],
    },
    Trial {
        name: "clock",
        what: "clock jumps both ways, suspend, leap second: backoff and retention behave",
        runs: &[
            run("receivers", &["schedule::"]),
            run("retention", &["ages::"]),
        ],
    },
    Trial {
        name: "backlog",
        what: "a backlog of a million deliveries: bounded memory, drains at full speed",
        runs: &[run("endurance", &["backlog::"])],
    },
    Trial {
        name: "year",
        what: "a year of leads in turned clock with retention: the file stays under its ceiling, no leak",
        runs: &[run("endurance", &["year::"])],
    },
    Trial {
        name: "pages",
        what: "the pages under injection, CSRF, rebinding, brute force: no way in",
        runs: &[
            run("pages", &["hostile::", "signing_in::"]),
            run("admin", &["guarding::"]),
        ],
    },
];
