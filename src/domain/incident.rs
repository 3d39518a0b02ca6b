//! Incidents: what is wrong for long enough that a person should hear of it, and what was said of it.
//!
//! The facts of a moment are findings; [`Book::review`] holds them against what is known and says what
//! there is to tell. An incident is told once when it begins, once more when it gets worse, once after
//! a day, and once when it is over. Trouble that is gone and comes back within ten minutes is the same
//! incident. What could not be told stays to be told, so nothing depends on when anybody looks; the book
//! is stored, so that a restart repeats nothing.

#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use super::time::Timestamp;
pub use words::{Message, compose, digest};

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// A webhook brings nothing but failures.
    Failing,
    /// So long that it is only probed now and then.
    Suspended,
    /// Its receiver wants nothing more.
    Stopped,
    /// A delivery has failed for good.
    GivenUp,
    /// No leads are taken for want of space.
    DiskFull,
    /// No leads are taken since the database cannot be used.
    StoreFailed,
    /// A source has been silent for too long.
    Silence,
    /// There is no backup, or none that is young enough.
    BackupOld,
    /// The clock of a receiver differs from ours.
    ClockOff,
    /// What waits for a webhook that the config has no longer is soon cancelled.
    Unclaimed,
}

impl Trouble {
    /// All kinds; a stored incident names its own by the place here, so new ones go to the end.
    pub const ALL: [Trouble; 10] = [
        Trouble::Failing,
        Trouble::Suspended,
        Trouble::Stopped,
        Trouble::GivenUp,
        Trouble::DiskFull,
        Trouble::StoreFailed,
        Trouble::Silence,
        Trouble::BackupOld,
        Trouble::ClockOff,
        Trouble::Unclaimed,
    ];

    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Trouble::Failing => "webhook_failing",
            Trouble::Suspended => "webhook_suspended",
            Trouble::Stopped => "webhook_stopped",
            Trouble::GivenUp => "delivery_failed",
            Trouble::DiskFull => "disk_full",
            Trouble::StoreFailed => "store_failed",
            Trouble::Silence => "source_silent",
            Trouble::BackupOld => "backup_old",
            Trouble::ClockOff => "clock_off",
            Trouble::Unclaimed => "webhook_removed",
        }
    }

    /// The first of those that are one matter: one follows from the other.
    fn matter(self) -> Trouble {
        match self {
            Trouble::Suspended | Trouble::Stopped => Trouble::Failing,
            Trouble::StoreFailed => Trouble::DiskFull,
            other => other,
        }
    }

    /// Whether there is an end worth telling: what failed for good stays so, and clocks are known only
    /// from answers.
    fn can_be_over(self) -> bool {
        !matches!(self, Trouble::GivenUp | Trouble::ClockOff)
    }
}

/// What is wrong at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub trouble: Trouble,
    /// With which webhook or source; empty where there is but one.
    pub subject: String,
    /// Since when.
    pub since: Timestamp,
    /// The cause in words; no personal data, no secret.
    pub detail: String,
}

/// Something that is, or was, wrong for long enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// As it was found last.
    pub finding: Finding,
    /// As what it was told last, and when it was told first; none before.
    pub told: Option<(Trouble, Timestamp)>,
    /// Whether it was told again after a day.
    pub reminded: bool,
    /// Since when it is not found any more.
    pub gone: Option<Timestamp>,
}

/// What is known of all incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Those that are not over, and those whose end was not told.
    pub incidents: Vec<Incident>,
    /// When messages went out, within the last hour.
    pub sent: Vec<Timestamp>,
    /// Since when each source is watched for its silence.
    pub watched: Vec<(String, Timestamp)>,
    /// Up to when the last digest told.
    pub digest: Option<Timestamp>,
}

/// What the owner has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// So long a webhook may fail before it is told.
    pub failing_after: Duration,
    /// So many messages an hour, all together.
    pub per_hour: usize,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What of it.
    pub news: News,
    /// The trouble.
    pub finding: Finding,
    /// When it was over, where it is.
    pub over: Option<Timestamp>,
}

/// What is new about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It has begun.
    Opened,
    /// It has become another trouble.
    Changed,
    /// It goes on.
    Reminder,
    /// It is over.
    Recovered,
}

impl News {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            News::Opened => "opened",
            News::Changed => "changed",
            News::Reminder => "reminder",
            News::Recovered => "recovered",
        }
    }
}

/// What a look at the facts brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// To be told now.
    pub alerts: Vec<Alert>,
    /// When to look again, if nothing happens before.
    pub next: Option<Timestamp>,
}

const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3600);
/// Trouble must be gone for so long to be over.
const CALM: Duration = Duration::from_secs(600);
/// What has no end to tell is the same matter when it comes again within a day.
const ENDLESS_CALM: Duration = DAY;
/// A database that fails is opened again by itself, mostly at once.
const STORE_PATIENCE: Duration = Duration::from_secs(60);
/// Far more than a config has webhooks and sources.
const INCIDENTS_MAX: usize = 1000;

impl Book {
    /// Holds the facts against what is known. The same facts at the same time give the same alerts,
    /// until [`Book::told`] says that they were told.
    pub fn review(&mut self, findings: &[Finding], rules: &Rules, now: Timestamp) -> Review {
        let mut review = Review::default();
        for finding in findings {
            self.find(finding, rules, now, &mut review);
        }
        for incident in &mut self.incidents {
            let found = findings
                .iter()
                .any(|finding| is_same(finding, &incident.finding));
            match (found, incident.gone) {
                (true, _) => incident.gone = None,
                (false, None) => incident.gone = Some(now),
                (false, Some(_)) => {}
            }
        }
        self.incidents
            .retain(|incident| !incident.is_forgotten(now));
        for incident in &self.incidents {
            let (alert, next) = incident.news(now);
            review.alerts.extend(alert);
            review.sooner(next);
        }
        review
    }

    fn find(&mut self, finding: &Finding, rules: &Rules, now: Timestamp, review: &mut Review) {
        let mut known = self.incidents.iter_mut();
        if let Some(incident) = known.find(|known| is_same(&known.finding, finding)) {
            let since = incident.finding.since.min(finding.since);
            // It may have been told under its first time.
            let since = if incident.finding.trouble == finding.trouble {
                since
            } else {
                finding.since
            };
            incident.finding = Finding {
                since,
                ..finding.clone()
            };
            return;
        }
        let patience = match finding.trouble {
            Trouble::Failing => rules.failing_after,
            Trouble::StoreFailed => STORE_PATIENCE,
            _ => Duration::ZERO,
        };
        let begins = finding.since.after(patience);
        if now < begins {
            review.sooner(Some(begins));
        } else if self.incidents.len() < INCIDENTS_MAX {
            self.incidents.push(Incident {
                finding: finding.clone(),
                told: None,
                reminded: false,
                gone: None,
            });
        }
    }

    /// Notes that these were told in one message.
    pub fn told(&mut self, alerts: &[Alert], now: Timestamp) {
        for alert in alerts {
            let same = |incident: &Incident| is_same(&incident.finding, &alert.finding);
            if alert.news == News::Recovered {
                self.incidents.retain(|incident| !same(incident));
            } else if let Some(incident) = self.incidents.iter_mut().find(|i| same(i)) {
                let first = incident.told.map_or(now, |(_, first)| first);
                incident.told = Some((alert.finding.trouble, first));
                incident.reminded |= alert.news == News::Reminder;
            }
        }
        self.sent.push(now);
    }

    /// How many messages may go out now; where that is none, when the next one may.
    pub fn allowance(&mut self, rules: &Rules, now: Timestamp) -> Result<usize, Timestamp> {
        // A time that is still to come was told by a clock that has jumped back since.
        self.sent
            .retain(|sent| *sent <= now && now < sent.after(HOUR));
        match (
            rules.per_hour.saturating_sub(self.sent.len()),
            self.sent.first(),
        ) {
            (0, Some(first)) => Err(first.after(HOUR)),
            (left, _) => Ok(left),
        }
    }

    /// Since when a source is watched; from now on where it was not.
    pub fn watched_since(&mut self, source: &str, now: Timestamp) -> Timestamp {
        if let Some((_, since)) = self.watched.iter().find(|(name, _)| name == source) {
            return *since;
        }
        self.watched.push((source.to_owned(), now));
        now
    }
}

impl Review {
    /// Looks again at `next` at the latest.
    pub fn sooner(&mut self, next: Option<Timestamp>) {
        self.next = match (self.next, next) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

impl Incident {
    /// Whether nothing is left to tell of it.
    fn is_forgotten(&self, now: Timestamp) -> bool {
        let Some(gone) = self.gone else { return false };
        // Nobody has heard of it, or nobody needs to hear of its end.
        match (self.finding.trouble.can_be_over(), self.told.is_some()) {
            (true, false) => now >= gone.after(CALM),
            (false, true) => now >= gone.after(ENDLESS_CALM),
            (true, true) | (false, false) => false,
        }
    }

    /// What there is to tell, or when there may be.
    fn news(&self, now: Timestamp) -> (Option<Alert>, Option<Timestamp>) {
        let alert = |news, over| Alert {
            news,
            finding: self.finding.clone(),
            over,
        };
        let Some((told_as, first)) = self.told else {
            return (Some(alert(News::Opened, None)), None);
        };
        if let Some(gone) = self.gone {
            if !self.finding.trouble.can_be_over() {
                return (None, Some(gone.after(ENDLESS_CALM)));
            }
            let over = gone.after(CALM);
            return match now >= over {
                true => (Some(alert(News::Recovered, Some(gone))), None),
                false => (None, Some(over)),
            };
        }
        if told_as != self.finding.trouble {
            return (Some(alert(News::Changed, None)), None);
        }
        let again = first.after(DAY);
        match (
            self.reminded || !self.finding.trouble.can_be_over(),
            now >= again,
        ) {
            (true, _) => (None, None),
            (false, true) => (Some(alert(News::Reminder, None)), None),
            (false, false) => (None, Some(again)),
        }
    }
}

fn is_same(one: &Finding, other: &Finding) -> bool {
    one.trouble.matter() == other.trouble.matter() && one.subject == other.subject
}
