//! The nine types of leads, and the phases of those that take time.

/// What kind of enquiry a lead is. Payloads show the label (`Phone Call`), parameters the snake
/// form (`phone_call`); both are read, whatever the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeadType {
    /// A call to a tracked number.
    PhoneCall,
    /// A form on a page.
    WebForm,
    /// A chat on a page.
    Chat,
    /// An SMS or another text message.
    TextMessage,
    /// An order or a payment.
    Transaction,
    /// Something a visitor did: a click, a download.
    Event,
    /// An e-mail.
    Email,
    /// A booking.
    Appointment,
    /// Whatever fits nowhere else.
    Other,
}

impl LeadType {
    /// All types, in the order of the reference.
    pub const ALL: [LeadType; 9] = [
        LeadType::PhoneCall,
        LeadType::WebForm,
        LeadType::Chat,
        LeadType::TextMessage,
        LeadType::Transaction,
        LeadType::Event,
        LeadType::Email,
        LeadType::Appointment,
        LeadType::Other,
    ];

    /// The spelling in payloads: `Phone Call`.
    pub const fn label(self) -> &'static str {
        match self {
            LeadType::PhoneCall => "Phone Call",
            LeadType::WebForm => "Web Form",
            LeadType::Chat => "Chat",
            LeadType::TextMessage => "Text Message",
            LeadType::Transaction => "Transaction",
            LeadType::Event => "Event",
            LeadType::Email => "Email",
            LeadType::Appointment => "Appointment",
            LeadType::Other => "Other",
        }
    }

    /// Reads a label or a snake form, whatever the case.
    pub fn parse(text: &str) -> Option<LeadType> {
        let wanted = text.trim().replace(['_', '-'], " ");
        LeadType::ALL
            .into_iter()
            .find(|kind| kind.label().eq_ignore_ascii_case(&wanted))
    }

    /// Whether a lead of this type runs for a while before it is complete.
    pub fn has_phases(self) -> bool {
        matches!(self, LeadType::PhoneCall | LeadType::Chat)
    }
}

/// How far a call or a chat has come, as a webhook's filter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It has begun and is still running.
    InProgress,
    /// It has just ended.
    Completed,
    /// It had ended before and was changed since.
    Modified,
}

impl Phase {
    /// All phases, in the order in which they happen.
    pub const ALL: [Phase; 3] = [Phase::InProgress, Phase::Completed, Phase::Modified];

    /// The spelling in the config: `in_progress`.
    pub fn name(self) -> &'static str {
        match self {
            Phase::InProgress => "in_progress",
            Phase::Completed => "completed",
            Phase::Modified => "modified",
        }
    }

    /// Reads what [`Phase::name`] writes.
    pub fn parse(text: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.name() == text)
    }
}
