//! What a visitor's post says besides the lead, and what comes of it.

use std::net::IpAddr;
use std::sync::Arc;

use super::browser::origin;
use super::captcha::{Checker, Desk, Digest, Verdict, digest};
use super::files::NewFile;
use super::{Route, mapped};
use crate::domain::control::{self, Controls};
use crate::domain::form::Form;
use crate::domain::intake::Submission;
use crate::domain::judgement::{Code, Signal};
use crate::domain::mapping::Named;
use crate::domain::raw::Raw;
use crate::domain::source::Source;
use crate::http::{Head, Response};
use crate::log::Log;
use crate::store::IdempotencyKey;

/// The control fields of a post to a public form.
pub(super) struct Visit {
    controls: Controls,
    /// Everything else that was posted.
    content: Digest,
}

/// What was posted, in the names of a lead, and what a visitor's control fields said. `files` are
/// those that are to be kept.
pub(super) fn read(
    mut raw: Raw,
    files: &[NewFile],
    head: &Head,
    source: &Source,
) -> Result<(Named, Visit), Response> {
    if !source.is_public_form() {
        let (controls, content) = (Controls::default(), [0; 32]);
        let named = mapped::named(raw, source, head)?;
        return Ok((named, Visit { controls, content }));
    }
    // A mapping may name any field of the form, control fields too, and has to see them.
    let unmapped = source.mapping.as_ref().map(|_| raw.clone());
    let controls = control::take(&mut raw, &source.form);
    let compared = controls.key.is_some() || controls.token.is_some();
    let content = match compared {
        true => content(&raw, files),
        false => [0; 32],
    };
    let mut named = mapped::named(unmapped.unwrap_or(raw), source, head)?;
    if source.mapping.is_some() {
        control::drop_labels(&mut named.raw, &source.form);
    }
    Ok((named, Visit { controls, content }))
}

/// The same for every post that says the same, however it was encoded: its texts, and its files by
/// what is in them, since each time they are kept under another name.
fn content(raw: &Raw, files: &[NewFile]) -> Digest {
    let mut said = format!("{raw:?}");
    for file in files {
        let inside = format!("{:?}", digest(&file.content));
        said = said.replace(&file.name, &inside);
    }
    digest(said.as_bytes())
}

impl Visit {
    /// What the page calls this post. A page cannot know whether its visitor has changed something
    /// since, so the same name with another content is another post.
    pub(super) fn key(&self, source: &str) -> Option<IdempotencyKey> {
        let key = self.controls.key.as_ref()?;
        let named = [b"_\0", self.content.as_slice(), key.as_bytes()].concat();
        Some(IdempotencyKey::new(source, &named, b""))
    }

    /// Notes what betrays a robot; else asks the captcha's service, if there is one.
    pub(super) async fn screen(
        &self,
        submission: &mut Submission,
        route: &Route,
        client: IpAddr,
        desk: &Desk,
        log: &Log,
    ) -> Result<(), Response> {
        submission.signals = self.controls.signals(&route.source.form);
        if !submission.signals.is_empty() {
            return Ok(());
        }
        let Some((checker, field)) = checker(route) else {
            return Ok(());
        };
        let token = self.controls.token.as_deref();
        match desk.check(checker, token, client, self.content).await {
            Verdict::Passed => Ok(()),
            Verdict::NotChecked(reason) => {
                let values: [(&str, &dyn std::fmt::Display); 2] =
                    [("source", &route.name), ("reason", &reason)];
                log.warn("captcha not checked", &values);
                submission.signals.push(Signal {
                    code: Code::Captcha,
                    sentence: "the captcha could not be checked".to_owned(),
                });
                Ok(())
            }
            Verdict::Failed(why) => Err(Response::error(422, "captcha_failed", Some(field), why)),
        }
    }

    /// The lead is stored.
    pub(super) fn stored(&self, desk: &Desk) {
        if let Some(token) = &self.controls.token {
            desk.stored(token, self.content);
        }
    }

    /// Where the visitor goes now.
    pub(super) fn thanks(&self, form: &Form, head: &Head) -> Response {
        super::pages::thanks(form, self.controls.next.as_deref(), origin(head))
    }
}

fn checker(route: &Route) -> Option<(&Arc<Checker>, &'static str)> {
    let captcha = route.source.form.captcha.as_ref()?;
    let public = route.source.is_public_form();
    let checker = route.checker.as_ref().filter(|_| public)?;
    Some((checker, captcha.service.token_field()))
}
