//! How a source posts beyond the ordinary, and what it wants to hear.

/// Files, callbacks by GET, and the shape of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// What becomes of files.
    pub files: Files,
    /// The most bytes of a post that may hold files; such a post is always `multipart/form-data`.
    pub files_bytes_max: usize,
    /// Whether a lead may come as the query of a GET.
    pub allow_get: bool,
    /// What a post that was taken is answered with.
    pub answer: Answer,
}

/// What becomes of the files of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// Name, type and size are noted with the lead.
    Drop,
    /// The same, and the file is stored beside the database.
    Keep,
    /// The post is refused.
    Refuse,
}

/// The answer to a post that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The lead's number and what became of it.
    Json,
    /// 204 without a body, for services that take a body amiss.
    Empty,
    /// An empty TwiML document: Twilio does what it says, and it says nothing.
    Twiml,
}

impl Default for Posting {
    fn default() -> Posting {
        Posting {
            files: Files::Drop,
            files_bytes_max: 10 << 20,
            allow_get: false,
            answer: Answer::Json,
        }
    }
}
