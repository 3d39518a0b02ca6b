//! HTML that is safe by its type: what a lead says can only become text, never a tag.

/// A piece of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Nothing yet.
    pub(super) fn new() -> Html {
        Html::default()
    }

    /// A text alone.
    pub(super) fn of(text: impl AsRef<str>) -> Html {
        let mut html = Html::new();
        html.text(text);
        html
    }

    /// A text that leads to one of our pages.
    pub(super) fn link(path: impl AsRef<str>, text: impl AsRef<str>) -> Html {
        let mut html = Html::new();
        html.tag("<a href=\"")
            .text(path)
            .tag("\">")
            .text(text)
            .tag("</a>");
        html
    }

    /// Adds markup of ours.
    pub(super) fn tag(&mut self, markup: &'static str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// Adds a text; also fit for an attribute in double quotes.
    pub(super) fn text(&mut self, text: impl AsRef<str>) -> &mut Html {
        self.0
            .push_str(&crate::domain::html::escaped(text.as_ref()));
        self
    }

    /// Adds what a control of a form holds and sends back, to the letter.
    pub(super) fn held(&mut self, text: impl AsRef<str>) -> &mut Html {
        self.0
            .push_str(&crate::domain::html::escaped_to_the_letter(text.as_ref()));
        self
    }

    /// Adds a piece.
    pub(super) fn html(&mut self, piece: &Html) -> &mut Html {
        self.0.push_str(&piece.0);
        self
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Adds pieces in a row: literals are markup, `(text)` is a text, `[piece]` a piece of HTML.
macro_rules! put {
    ($to:expr $(, $part:tt)* $(,)?) => {{ $( $crate::admin::pages::markup::put_part!($to, $part); )* }};
}

macro_rules! put_part {
    ($to:expr, ($text:expr)) => {
        $to.text($text)
    };
    ($to:expr, [$piece:expr]) => {
        $to.html($piece)
    };
    ($to:expr, $markup:literal) => {
        $to.tag($markup)
    };
}

pub(super) use {put, put_part};
