//! The promises of incidents.

use super::*;

const NOW: Timestamp = Timestamp(1_769_954_941_000);
const MINUTE: Duration = Duration::from_secs(60);
const RULES: Rules = Rules {
    failing_after: Duration::from_secs(1800),
    per_hour: 3,
};

fn finding(trouble: Trouble) -> Finding {
    Finding {
        trouble,
        subject: "crm".to_owned(),
        since: NOW,
        detail: "connection refused".to_owned(),
    }
}

/// What is told of these facts, minute after minute.
fn told(book: &mut Book, facts: &[(u32, Option<Trouble>)]) -> Vec<(u32, News)> {
    let mut told = Vec::new();
    for (minute, trouble) in facts {
        let now = NOW.after(*minute * MINUTE);
        let findings: Vec<Finding> = trouble.iter().map(|trouble| finding(*trouble)).collect();
        let review = book.review(&findings, &RULES, now);
        assert_eq!(
            book.review(&findings, &RULES, now),
            review,
            "the same facts again"
        );
        if !review.alerts.is_empty() {
            book.told(&review.alerts, now);
        }
        told.extend(review.alerts.iter().map(|alert| (*minute, alert.news)));
    }
    told
}

#[test]
fn an_incident_is_told_when_it_lasts_and_when_it_is_over() {
    const BAD: Option<Trouble> = Some(Trouble::Failing);
    let facts = [
        (0, BAD),
        (29, BAD),
        (30, BAD),
        (31, BAD),
        (600, BAD),
        (601, None),
        (610, None),
        (611, None),
        (700, None),
    ];
    let expected = [(30, News::Opened), (611, News::Recovered)];
    assert_eq!(told(&mut Book::default(), &facts), expected);
    let mut book = Book::default();
    let review = book.review(&[finding(Trouble::Failing)], &RULES, NOW);
    assert_eq!(review.next, Some(NOW.after(RULES.failing_after)));
}

#[test]
fn trouble_that_comes_and_goes_is_one_incident() {
    let facts: Vec<_> = (0..200)
        .map(|minute| (minute, (minute % 5 == 0).then_some(Trouble::DiskFull)))
        .collect();
    assert_eq!(told(&mut Book::default(), &facts), [(0, News::Opened)]);
}

#[test]
fn what_gets_worse_is_told_again_and_what_lasts_once_after_a_day() {
    let bad = |minute| (minute, Some(Trouble::Failing));
    let worse = |minute| (minute, Some(Trouble::Suspended));
    let facts = [
        bad(30),
        worse(400),
        worse(401),
        worse(1469),
        worse(1470),
        worse(9000),
        (9001, None),
        (9011, None),
    ];
    let expected = [
        (30, News::Opened),
        (400, News::Changed),
        (1470, News::Reminder),
        (9011, News::Recovered),
    ];
    assert_eq!(told(&mut Book::default(), &facts), expected);
}

#[test]
fn what_failed_for_good_is_told_once_and_has_no_end() {
    let facts = [
        (0, Some(Trouble::GivenUp)),
        (5, None),
        (8, Some(Trouble::GivenUp)),
        (9, None),
        (60, None),
        (2000, None),
    ];
    assert_eq!(told(&mut Book::default(), &facts), [(0, News::Opened)]);
}

#[test]
fn what_nobody_heard_of_stays_to_be_told_unless_it_is_over() {
    let mut book = Book::default();
    let bad = [finding(Trouble::Stopped)];
    assert_eq!(book.review(&bad, &RULES, NOW).alerts.len(), 1);
    assert_eq!(
        book.review(&bad, &RULES, NOW.after(DAY)).alerts[0].news,
        News::Opened
    );
    book.review(&[], &RULES, NOW.after(DAY));
    assert_eq!(
        book.review(&[], &RULES, NOW.after(2 * DAY)),
        Review::default()
    );
    assert_eq!(book.incidents, []);
}

#[test]
fn there_is_a_ceiling_for_an_hour() {
    let mut book = Book::default();
    for minute in 0..3 {
        let now = NOW.after(minute * MINUTE);
        assert_eq!(book.allowance(&RULES, now), Ok(3 - minute as usize));
        book.told(&[], now);
    }
    assert_eq!(
        book.allowance(&RULES, NOW.after(3 * MINUTE)),
        Err(NOW.after(HOUR))
    );
    assert_eq!(book.allowance(&RULES, NOW.after(HOUR)), Ok(1));
}
