//! The fields of a lead, as one table: name, kind, and the number that stored records know them by.

use super::lead_type::LeadType;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these texts, in this spelling.
    Choice(&'static [&'static str]),
    /// A decimal number; money keeps its decimals.
    Number,
    /// True or false; never empty.
    Flag,
    /// Labels and their texts; never null.
    Map,
}

macro_rules! fields {
    ($($code:literal $variant:ident $name:literal $kind:expr,)*) => {
        /// A field of a lead. Declared in the order of the payload, so that this is also how
        /// fields sort.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are those of the payload")]
        pub enum Field { $($variant),* }

        impl Field {
            /// All fields, in the order of the payload.
            pub const ALL: &[Field] = &[$(Field::$variant),*];

            /// The name in payloads, posts and the API.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name),* }
            }

            /// What it holds.
            pub fn kind(self) -> Kind {
                use Kind::*;
                match self { $(Field::$variant => $kind),* }
            }

            /// The number of the field in stored records: never changed, never used again.
            pub fn code(self) -> u8 {
                match self { $(Field::$variant => $code),* }
            }

            /// The field with this number.
            pub fn from_code(code: u8) -> Option<Field> {
                match code { $($code => Some(Field::$variant),)* _ => None }
            }

            /// The field of this exact name.
            pub fn from_name(name: &str) -> Option<Field> {
                match name { $($name => Some(Field::$variant),)* _ => None }
            }
        }
    };
}

fields! {
    1 UserId "user_id" Text,
    2 LeadStatus "lead_status" Choice(&["Unique", "Repeat"]),
    3 LeadAnalysis "lead_analysis" Map,
    4 Quotable "quotable" Choice(&["Yes", "No", "Pending", "Not Set"]),
    5 QuoteValue "quote_value" Number,
    6 SalesValue "sales_value" Number,
    7 SpottedKeywords "spotted_keywords" Text,
    8 LeadScore "lead_score" Number,
    9 LeadState "lead_state" Choice(&["Completed", "In Progress"]),
    10 Profile "profile" Text,
    11 ProfileId "profile_id" Number,
    12 Account "account" Text,
    13 AccountId "account_id" Number,
    14 LeadUrl "lead_url" Text,
    15 LandingUrl "landing_url" Text,
    16 OperatingSystem "operating_system" Text,
    17 Browser "browser" Text,
    18 DeviceType "device_type" Text,
    19 DeviceMake "device_make" Text,
    20 CallStatus "call_status" Choice(&["In Progress", "Completed"]),
    21 ChatStatus "chat_status" Choice(&["In Progress", "Completed"]),
    22 FormName "form_name" Text,
    23 Message "message" Text,
    24 PhoneName "phone_name" Text,
    25 TrackingNumber "tracking_number" Text,
    26 DestinationNumber "destination_number" Text,
    27 CallerNumber "caller_number" Text,
    28 CallerName "caller_name" Text,
    29 LineType "line_type" Text,
    30 CallDuration "call_duration" Text,
    31 CallDurationSeconds "call_duration_seconds" Number,
    32 AnswerStatus "answer_status" Choice(&["Answered", "No Answer", "Busy"]),
    33 Recording "recording" Text,
    34 PlayRecording "play_recording" Text,
    35 Voicemail "voicemail" Text,
    36 PlayVoicemail "play_voicemail" Text,
    37 CallTranscription "call_transcription" Text,
    38 VoicemailTranscription "voicemail_transcription" Text,
    39 TransactionId "transaction_id" Text,
    40 TransactionTax "transaction_tax" Number,
    41 TransactionShipping "transaction_shipping" Number,
    42 EventCategory "event_category" Text,
    43 EventAction "event_action" Text,
    44 EventLabel "event_label" Text,
    45 SenderName "sender_name" Text,
    46 EmailSubject "email_subject" Text,
    47 EmailMessage "email_message" Text,
    48 AdditionalFields "additional_fields" Map,
    49 LeadSource "lead_source" Text,
    50 LeadMedium "lead_medium" Text,
    51 LeadCampaign "lead_campaign" Text,
    52 LeadContent "lead_content" Text,
    53 LeadKeyword "lead_keyword" Text,
    54 IpAddress "ip_address" Text,
    55 Notes "notes" Text,
    56 ContactName "contact_name" Text,
    57 ContactCompanyName "contact_company_name" Text,
    58 ContactEmailAddress "contact_email_address" Text,
    59 ContactPhoneNumber "contact_phone_number" Text,
    60 EmailAddress "email_address" Text,
    61 PhoneNumber "phone_number" Text,
    62 City "city" Text,
    63 State "state" Text,
    64 Zip "zip" Text,
    65 Country "country" Text,
    66 FieldMappings "field_mappings" Map,
    67 Gclid "gclid" Text,
    68 Msclkid "msclkid" Text,
    69 UnbouncePageId "unbounce_page_id" Text,
    70 UnbounceVariantId "unbounce_variant_id" Text,
    71 UnbounceVisitorId "unbounce_visitor_id" Text,
    72 SalesforceUserId "salesforce_user_id" Text,
    73 RoistatVisitId "roistat_visit_id" Text,
    74 HubspotVisitorId "hubspot_visitor_id" Text,
    75 FacebookBrowserId "facebook_browser_id" Text,
    76 FacebookClickId "facebook_click_id" Text,
    77 GoogleAnalyticsClientId "google_analytics_client_id" Text,
    78 GoogleAnalyticsSessionId "google_analytics_session_id" Text,
    79 VwoAccountId "vwo_account_id" Text,
    80 VwoExperimentId "vwo_experiment_id" Text,
    81 VwoVariantId "vwo_variant_id" Text,
    82 VwoUserId "vwo_user_id" Text,
    83 Duplicate "duplicate" Flag,
    84 Spam "spam" Flag,
    85 SpamScore "spam_score" Number,
    86 SpamReasons "spam_reasons" Map,
}

impl Field {
    /// The fields that only this type has, in the order of the payload.
    pub fn own(lead_type: LeadType) -> &'static [Field] {
        use Field::*;
        match lead_type {
            LeadType::PhoneCall => &[
                CallStatus,
                PhoneName,
                TrackingNumber,
                DestinationNumber,
                CallerNumber,
                CallerName,
                LineType,
                CallDuration,
                CallDurationSeconds,
                AnswerStatus,
                Recording,
                PlayRecording,
                Voicemail,
                PlayVoicemail,
                CallTranscription,
                VoicemailTranscription,
            ],
            LeadType::WebForm => &[FormName],
            LeadType::Chat => &[ChatStatus, Message],
            LeadType::TextMessage => &[Message, PhoneName, TrackingNumber, CallerNumber, LineType],
            LeadType::Transaction => &[TransactionId, TransactionTax, TransactionShipping],
            LeadType::Event => &[EventCategory, EventAction, EventLabel],
            LeadType::Email => &[SenderName, EmailSubject, EmailMessage],
            LeadType::Appointment | LeadType::Other => &[],
        }
    }

    /// Whether leads of this type have the field: all common ones and the type's own.
    pub fn belongs_to(self, lead_type: LeadType) -> bool {
        self.is_common() || Field::own(lead_type).contains(&self)
    }

    /// Whether leads of every type have the field.
    pub fn is_common(self) -> bool {
        self < Field::CallStatus || self >= Field::AdditionalFields
    }

    /// Whether a post or a person can say what the field holds.
    pub fn can_be_said(self) -> bool {
        !self.is_from_config() && !matches!(self, Field::SpamScore | Field::SpamReasons)
    }

    /// Whether the field says who we are, and so comes from the config and never from a post.
    pub fn is_from_config(self) -> bool {
        matches!(
            self,
            Field::Profile | Field::ProfileId | Field::Account | Field::AccountId
        )
    }
}
