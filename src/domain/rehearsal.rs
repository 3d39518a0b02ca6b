//! A rehearsal: what would become of a post, decided by the same rules as in earnest, and stored
//! nowhere.

use super::control::{self, Controls};
use super::decision::{self, Owner};
use super::derive::{self, Known};
use super::event::Event;
use super::intake::{self, Visitor};
use super::judgement::{Heard, Judgement};
use super::mapping::{Envelope, Named};
use super::raw::{NAMES_MAX, Raw, without_mark};
use super::source::{Account, Source};
use super::time::Timestamp;
use super::unmapped::Lack;
use super::webhook::{Trigger, Webhook};

/// What would become of a post.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    /// The lead, in its first event.
    pub event: Event,
    /// The names of the owner's rules that hold.
    pub rules: Vec<&'a str>,
    /// Each webhook, and whether it would get the lead.
    pub webhooks: Vec<(&'a str, bool)>,
}

/// What a rehearsal goes by.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// Where the post comes in.
    pub source: &'a Source,
    /// Whose lead it is.
    pub account: &'a Account,
    /// How leads are judged.
    pub judgement: &'a Judgement,
    /// Where leads go.
    pub webhooks: &'a [Webhook],
    /// When it is posted.
    pub now: Timestamp,
}

impl<'a> Stage<'a> {
    /// What would become of this body; none where the source would ignore it. An error says why it
    /// would be refused.
    pub fn rehearse(&self, body: &[u8]) -> Result<Option<Rehearsal<'a>>, String> {
        let source = self.source;
        let posted = read(body)?;
        let mut raw = posted.clone();
        let controls = match source.is_public_form() {
            true => control::take(&mut raw, &source.form),
            false => Controls::default(),
        };
        let named = match &source.mapping {
            Some(mapping) => mapping.apply(posted, source.lead_type, &Envelope::empty()),
            None => Some(Named { raw, found: true }),
        };
        let Some(mut named) = named else {
            return Ok(None);
        };
        if source.is_public_form() {
            control::drop_labels(&mut named.raw, &source.form);
        }
        let submission = intake::read(named.raw, source, &Visitor::default());
        let mut submission = submission.map_err(|refusal| match refusal.field {
            Some(field) => format!("{} ({}: {field})", refusal.message, refusal.code),
            None => format!("{} ({})", refusal.message, refusal.code),
        })?;
        if !named.found {
            submission.lack = Some(Lack::Mapping);
        }
        let signals = controls.signals(&source.form);
        submission.signals = signals.clone();
        let submission = decision::admit(submission)
            .map_err(|lack| format!("{} ({})", lack.sentence(), lack.code()))?;
        let owner = Owner {
            account: self.account.clone(),
            profile: source.profile.clone(),
        };
        let mut lead = decision::create(submission, 1, &source.name, &owner, self.now);
        derive::complete(&mut lead, &Known::nothing(), &source.derivation);
        let rules = self.judgement.apply(
            &mut lead,
            Some(Heard {
                signals,
                lately: None,
            }),
        );
        let event = Event {
            id: "evt_test".to_owned(),
            phase: lead.phase(None),
            lead,
            changes: Vec::new(),
            heard_by: Vec::new(),
            body: None,
            test: false,
        };
        let webhooks = self.webhooks.iter().map(|webhook| {
            let is_wanted = webhook.filter.wants(event.facts(Trigger::New));
            (webhook.name.as_str(), is_wanted)
        });
        Ok(Some(Rehearsal {
            webhooks: webhooks.collect(),
            rules,
            event,
        }))
    }
}

/// What begins like JSON is JSON, all else an urlencoded form.
fn read(body: &[u8]) -> Result<Raw, String> {
    let begin = without_mark(body).trim_ascii_start().first();
    if matches!(begin, Some(b'{' | b'[')) {
        return Raw::from_json(body).map_err(|error| error.to_string());
    }
    // A file ends with a newline that a form does not.
    let pairs = form_urlencoded::parse(body.trim_ascii_end()).into_owned();
    Raw::from_form(pairs).ok_or_else(|| format!("it has more than {NAMES_MAX} names"))
}
