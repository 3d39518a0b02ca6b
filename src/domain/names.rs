//! Which lead field a posted name means.

use std::borrow::Cow;

use super::field::Field;
use super::lead_type::LeadType;

/// What a posted name means for a lead of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The lead field of that very name.
    Exact(Field),
    /// A common other name for a lead field; the field's own name goes before it.
    Alias(Field),
    /// The first part of the name.
    FirstName,
    /// The last part of the name.
    LastName,
    /// `lead_type`.
    LeadType,
    /// `date_created`.
    DateCreated,
    /// `external_id`.
    ExternalId,
    /// The page that sent the visitor when he first came.
    Referrer,
    /// The page that sent the visitor to the one with the form.
    PageReferrer,
    /// The visitor's browser, as it calls itself.
    UserAgent,
}

impl Meaning {
    /// The lead field that is meant, where it is a single one.
    pub fn field(self) -> Option<Field> {
        match self {
            Meaning::Exact(field) | Meaning::Alias(field) => Some(field),
            _ => None,
        }
    }
}

/// The meaning of `name`, whatever its case and with `-` or spaces for `_`; none when it is not the
/// name of anything a lead has.
pub fn meaning(name: &str, lead_type: LeadType) -> Option<Meaning> {
    let name = written_plainly(name.trim());
    let exact =
        Field::from_name(&name).filter(|field| field.belongs_to(lead_type) && field.can_be_said());
    if let Some(field) = exact {
        return Some(Meaning::Exact(field));
    }
    special(&name).or_else(|| alias(&name, lead_type).map(Meaning::Alias))
}

/// Whether `name` means what has no field, such as `external_id`, for a lead of any type.
pub(super) fn means(name: &str, wanted: Meaning) -> bool {
    special(&written_plainly(name.trim())) == Some(wanted)
}

/// In lower case and with `_` between words; most names already are.
fn written_plainly(name: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    match name.bytes().all(plain) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(name.to_lowercase().replace(['-', ' '], "_")),
    }
}

fn special(name: &str) -> Option<Meaning> {
    Some(match name {
        "lead_type" => Meaning::LeadType,
        "date_created" => Meaning::DateCreated,
        "external_id" => Meaning::ExternalId,
        "first_name" | "firstname" | "fname" | "given_name" => Meaning::FirstName,
        "last_name" | "lastname" | "lname" | "surname" | "family_name" => Meaning::LastName,
        "referrer" | "referer" | "referrer_url" | "http_referer" | "http_referrer" => {
            Meaning::Referrer
        }
        "page_referrer" => Meaning::PageReferrer,
        "user_agent" | "useragent" | "http_user_agent" => Meaning::UserAgent,
        _ => return None,
    })
}

fn alias(name: &str, lead_type: LeadType) -> Option<Field> {
    Some(match name {
        "name" | "full_name" | "fullname" | "your_name" => Field::ContactName,
        "email" | "e_mail" | "mail" | "your_email" | "_replyto" => Field::EmailAddress,
        "phone" | "tel" | "telephone" | "mobile" | "your_tel" | "your_phone" => Field::PhoneNumber,
        "company" | "company_name" | "organization" | "organisation" | "business" => {
            Field::ContactCompanyName
        }
        "message" | "comments" | "comment" | "your_message" | "enquiry" | "inquiry" | "body" => {
            message_of(lead_type)
        }
        "subject" if lead_type == LeadType::Email => Field::EmailSubject,
        "utm_source" => Field::LeadSource,
        "utm_medium" => Field::LeadMedium,
        "utm_campaign" => Field::LeadCampaign,
        "utm_content" => Field::LeadContent,
        "utm_term" => Field::LeadKeyword,
        "fbclid" | "_fbc" => Field::FacebookClickId,
        "fbpid" | "_fbp" => Field::FacebookBrowserId,
        "page_url" | "page" => Field::LeadUrl,
        "landing_page" | "landing_page_url" => Field::LandingUrl,
        "ip" => Field::IpAddress,
        "zip_code" | "postal_code" | "postcode" => Field::Zip,
        "custom_fields" => Field::FieldMappings,
        _ => return None,
    })
}

/// Where the words of the person go: a chat, a text message and an e-mail have a field for them.
fn message_of(lead_type: LeadType) -> Field {
    match lead_type {
        LeadType::Chat | LeadType::TextMessage => Field::Message,
        LeadType::Email => Field::EmailMessage,
        _ => Field::Notes,
    }
}
