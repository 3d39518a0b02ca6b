//! What is posted for the golden files.

use leadhook::domain::lead_type::LeadType;

/// The fields that leads of all types have.
const COMMON: &str = r##"
"external_id": "crm-1",
"date_created": "2026-02-01T13:00:00+01:00",
"user_id": "51497-af17340d-62b8-3044-423f-3dc754e621c2",
"lead_status": "repeat",
"lead_analysis": {
    "Keyword Detection": ["roof", "price"],
    "Lead Summary": "Wants a new roof before autumn.",
    "Intent Detection": "Purchase",
    "Sentiment Detection": "Positive",
    "Topic Detection": "Roofing"
},
"quotable": "yes",
"quote_value": 156.80,
"sales_value": "$1,234.50",
"spotted_keywords": ["buy", "quote"],
"lead_score": 50,
"lead_state": "Completed",
"lead_url": "https://www.example.com/contact?a=1&b=2",
"landing_url": "https://www.example.com/",
"operating_system": "iOS 12",
"browser": "Chrome Mobile 71",
"device_type": "Smartphone",
"device_make": "Apple iPhone",
"additional_fields": {"City*": "Oslo", "Budget (NOK)": 20000},
"How did you hear of us?": "A friend \"told\" me",
"lead_source": "google",
"lead_medium": "cpc",
"lead_campaign": "roofs",
"lead_content": "ad 1",
"lead_keyword": "new roof",
"ip_address": "107.210.21.188",
"notes": "First line\nsecond line",
"contact_name": "Ada Ødegård",
"contact_company_name": "Ada & Sons",
"contact_email_address": "Boss@Example.com",
"contact_phone_number": "+47 21 00 00 00",
"email_address": "Ada@Example.com",
"phone_number": "+1 (704) 469-5324",
"city": "Charlotte",
"state": "NC",
"zip": "08226",
"country": "US",
"field_mappings": {"Company Name": "Acme"},
"gclid": "gclid-1",
"msclkid": "msclkid-1",
"unbounce_page_id": "ub-page",
"unbounce_variant_id": "a",
"unbounce_visitor_id": "ub-visitor",
"salesforce_user_id": "sf-1",
"roistat_visit_id": "100",
"hubspot_visitor_id": "hs-1",
"facebook_browser_id": "fb.1.1",
"facebook_click_id": "fb.1.2",
"google_analytics_client_id": "1.2",
"google_analytics_session_id": "3",
"vwo_account_id": "4",
"vwo_experiment_id": "5",
"vwo_variant_id": "6",
"vwo_user_id": "7",
"duplicate": true,
"spam": false
"##;

/// The fields that only this type has.
fn own(lead_type: LeadType) -> &'static str {
    match lead_type {
        LeadType::PhoneCall => {
            r#", "call_status": "Completed", "phone_name": "Website", "tracking_number": "+17045550100",
            "destination_number": "+17045550101", "caller_number": "+17044695324", "caller_name": "ADA O",
            "line_type": "Mobile", "call_duration": "0h 1m 1s", "call_duration_seconds": 61,
            "answer_status": "Answered", "recording": "https://calls.example.com/1.mp3",
            "play_recording": "https://calls.example.com/1", "voicemail": "https://calls.example.com/v1.mp3",
            "play_voicemail": "https://calls.example.com/v1", "call_transcription": "Hello. A roof, please.",
            "voicemail_transcription": "Please call back.""#
        }
        LeadType::WebForm => r#", "form_name": "Contact""#,
        LeadType::Chat => r#", "chat_status": "Completed", "message": "Hi!\nA roof, please.""#,
        LeadType::TextMessage => {
            r#", "message": "A roof?", "phone_name": "Website", "tracking_number": "+17045550100",
            "caller_number": "+17044695324", "line_type": "Mobile""#
        }
        LeadType::Transaction => {
            r#", "transaction_id": "T-00017", "transaction_tax": 19.00, "transaction_shipping": "4,90 €""#
        }
        LeadType::Event => {
            r#", "event_category": "Download", "event_action": "click", "event_label": "roofs.pdf""#
        }
        LeadType::Email => {
            r#", "sender_name": "Ada", "email_subject": "Roof", "email_message": "A roof, please.""#
        }
        LeadType::Appointment => r#", "appointment_time": "2026-02-03 10:00""#,
        LeadType::Other => "",
    }
}

/// A lead of this type with a value in every field.
pub(crate) fn whole(lead_type: LeadType) -> String {
    let (label, own) = (lead_type.label(), own(lead_type));
    format!(r#"{{"lead_type": "{label}", {COMMON}{own}}}"#)
}

/// A later post of the same lead: a text cleared, money, a label, a flag and a field of the type
/// changed; one repeated as it was, all others left out.
pub(crate) fn edit(lead_type: LeadType) -> String {
    let own = match lead_type {
        LeadType::PhoneCall => r#", "call_duration_seconds": 75"#,
        LeadType::WebForm => r#", "form_name": "Contact us""#,
        LeadType::Chat | LeadType::TextMessage => r#", "message": "Two roofs, please.""#,
        LeadType::Transaction => r#", "transaction_tax": 19.5"#,
        LeadType::Event => r#", "event_label": null"#,
        LeadType::Email => r#", "email_subject": "Roof!""#,
        LeadType::Appointment => r#", "appointment_time": "2026-02-04 11:00""#,
        LeadType::Other => "",
    };
    format!(
        r#"{{"external_id": "crm-1", "lead_type": "{}", "quote_value": 180.00, "sales_value": 1234.5,
        "notes": "", "additional_fields": {{"City*": "Bergen"}}, "duplicate": false{own}}}"#,
        lead_type.label()
    )
}
