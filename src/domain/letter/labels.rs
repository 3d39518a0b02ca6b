//! What the fields of a lead are called in a letter, and in which order they stand there.

use crate::domain::field::Field;
use crate::domain::field::Field::*;

/// The parts of a letter and their fields; what no part names stands in the one without fields.
pub(in crate::domain) const GROUPS: [(&str, &[Field]); 5] = [
    (
        "Contact",
        &[
            ContactName,
            CallerName,
            SenderName,
            ContactCompanyName,
            ContactPhoneNumber,
            PhoneNumber,
            CallerNumber,
            ContactEmailAddress,
            EmailAddress,
            City,
            State,
            Zip,
            Country,
        ],
    ),
    (
        "Enquiry",
        &[
            FormName,
            EmailSubject,
            EmailMessage,
            Message,
            Notes,
            AdditionalFields,
            FieldMappings,
            CallStatus,
            AnswerStatus,
            CallDuration,
            TrackingNumber,
            DestinationNumber,
            PhoneName,
            Recording,
            PlayRecording,
            CallTranscription,
            Voicemail,
            PlayVoicemail,
            VoicemailTranscription,
            ChatStatus,
            TransactionId,
            TransactionTax,
            TransactionShipping,
            EventCategory,
            EventAction,
            EventLabel,
        ],
    ),
    (
        "Status and value",
        &[
            LeadStatus,
            LeadState,
            Quotable,
            QuoteValue,
            SalesValue,
            LeadScore,
            SpottedKeywords,
            LeadAnalysis,
        ],
    ),
    (
        "Where it came from",
        &[
            LeadSource,
            LeadMedium,
            LeadCampaign,
            LeadContent,
            LeadKeyword,
            LandingUrl,
            LeadUrl,
        ],
    ),
    ("More", &[]),
];

/// Whether the letter says this in a sentence, or it is about us and not about the lead.
pub(super) fn is_said_elsewhere(field: Field) -> bool {
    matches!(field, Spam | Duplicate) || field.is_from_config()
}

/// `contact_email_address` as people say it.
pub(in crate::domain) fn label(field: Field) -> String {
    let label = match field {
        ContactName => "Name",
        ContactCompanyName => "Company",
        ContactPhoneNumber => "Phone",
        ContactEmailAddress => "E-mail",
        PhoneNumber => "Phone as given",
        EmailAddress => "E-mail as given",
        SenderName => "Sender",
        EmailSubject => "Subject",
        EmailMessage => "Message",
        Zip => "Postcode",
        FormName => "Form",
        PhoneName => "Number's name",
        LeadUrl => "Page",
        LeadSource => "Source of the visit",
        LandingUrl => "Landing page",
        IpAddress => "IP address",
        CallDurationSeconds => "Call duration in seconds",
        _ => return capital(&field.name().replace('_', " ")),
    };
    label.to_owned()
}

/// The text with a capital at its begin.
pub(in crate::domain) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
