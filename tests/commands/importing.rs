//! `leadhook import`: what export wrote comes back as it was, once; and what is wrong is told by its line.

use serde_json::{Value, json};

use crate::process::{Daemon, Place, well, with_daemon};

/// All leads without what is given anew: the number, the revision, the time of the last change.
fn leads(daemon: &Daemon) -> Vec<Value> {
    let list = daemon
        .get("/api/v1/leads?order=asc&leads_per_page=2500")
        .json();
    let leads = list["leads"].as_array().expect("leads").clone();
    let bare = |mut lead: Value| {
        for name in ["lead_id", "revision", "last_updated"] {
            lead.as_object_mut().expect("a lead").remove(name);
        }
        lead
    };
    leads.into_iter().map(bare).collect()
}

fn filled() -> (Place, Daemon) {
    let (place, daemon) = with_daemon();
    for n in 0..20 {
        daemon.post_form(
            "website",
            &format!(
                "name=N{n}&email=n{n}@example.com&Budget=%3D{n}&Art=Dach%0AKeller&utm_source=google"
            ),
        );
    }
    daemon.post_form(
        "website",
        "name=N1&email=n1@example.com&message=again&external_id=crm-7&phone=%2B49301234567",
    );
    daemon.post_form(
        "website",
        "name=Eve&email=eve@example.com&lead_type=chat&message=buy+cheap+pills+now&spam=true",
    );
    let edit = daemon.post_api(
        "/api/v1/leads/3",
        r#"{"quotable":"Yes","quote_value":1250.50,"notes":"called"}"#,
    );
    assert_eq!(edit.status, 200, "{}", edit.body);
    (place, daemon)
}

#[test]
fn what_export_wrote_comes_back_equal_into_an_empty_daemon_and_once() {
    let (from, daemon) = filled();
    let before = leads(&daemon);
    for (format, file) in [
        ("ndjson", "all.ndjson"),
        ("csv", "all.csv"),
        ("json", "all.json"),
    ] {
        well(from.run(&["export", "--format", format, "--to", file]));
        let (to, other) = with_daemon();
        to.write(file, &from.read(file));
        let tried = well(to.run(&["import", file, "--dry-run"]));
        assert_eq!(
            tried,
            "22 leads would be new, 0 are there already, 0 cannot be taken over.\n"
        );
        assert_eq!(leads(&other).len(), 0);
        let done = well(to.run(&["import", file, "--yes"]));
        assert!(
            done.ends_with("22 leads are new, 0 are there already, 0 cannot be taken over.\n"),
            "{done}"
        );
        assert_eq!(leads(&other), before, "{format}");
        let again = well(to.run(&["import", file, "--yes"]));
        assert!(
            again.starts_with("0 leads would be new, 22 are there already"),
            "{again}"
        );
        other.stop();
        well(to.run(&["verify"]));
    }
    // Nor is it doubled where it came from, whatever was edited since.
    let again = well(from.run(&["import", "all.csv", "--yes", "--json"]));
    let again: Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &json!(22)));
    daemon.stop();
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_field_and_the_rest_comes_in() {
    let (place, daemon) = with_daemon();
    place.write(
        "old.csv",
        "Name;E-Mail;date_created;lead_type\n\
         Ada;ada@example.com;2019-05-01T10:00:00Z;web_form\n\
         \"Eva\nMaria\";eva@example.com;yesterday;\n\
         Grace;grace@example.com;2020-01-01;fax\n\
         Alan;alan@example.com;2021-01-01;;too;many\n\
         ;;;\n\
         Mary;mary@example.com;;\n",
    );
    let asked = place.run(&["import", "old.csv"]);
    assert_eq!(asked.code, Some(1));
    assert!(asked.err.contains("say --yes"), "{}", asked.err);
    for words in [
        "line 3: date_created: this is no date",
        "line 5: lead_type: there is no such type",
        "line 6: it has 6 cells below 4 names",
        "2 leads would be new, 0 are there already, 3 cannot be taken over.",
    ] {
        assert!(asked.out.contains(words), "{words}: {}", asked.out);
    }
    assert_eq!(leads(&daemon).len(), 0);
    let done = place.run(&["import", "old.csv", "--yes", "--source", "old-crm"]);
    assert_eq!(done.code, Some(1), "{}", done.err);
    let leads = leads(&daemon);
    assert_eq!(leads.len(), 2);
    assert_eq!(
        (
            &leads[0]["date_created"],
            &leads[0]["source"],
            &leads[0]["contact_name"]
        ),
        (
            &json!("2019-05-01T10:00:00Z"),
            &json!("old-crm"),
            &json!("Ada")
        )
    );
    let again = place.run(&["import", "old.csv", "--yes", "--source", "old-crm"]);
    assert!(
        again
            .out
            .contains("0 leads would be new, 2 are there already"),
        "{}",
        again.out
    );
    place.write("none.ndjson", "{\"name\":\n[1]\n{}\n");
    let none = place.run(&["import", "none.ndjson", "--dry-run"]);
    for words in [
        "line 1: this is not JSON",
        "line 2: this is",
        "line 3: no field has a value",
    ] {
        assert!(none.out.contains(words), "{words}: {}", none.out);
    }
    daemon.stop();
}

#[test]
fn webhooks_hear_of_old_leads_only_where_that_is_wanted() {
    let place = Place::with_admin(
        "\n[[webhook]]\nname = \"crm\"\nurl = \"http://127.0.0.1:9/\"\nunsigned = true\nallow_private = true\n",
    );
    let daemon = place.start();
    place.write("a.ndjson", "{\"email\":\"ada@example.com\"}\n");
    place.write("b.ndjson", "{\"email\":\"eva@example.com\"}\n");
    well(place.run(&["import", "a.ndjson", "--yes"]));
    well(place.run(&["import", "b.ndjson", "--yes", "--notify"]));
    let all = daemon.get("/api/v1/deliveries").json();
    let all = all["deliveries"].as_array().expect("deliveries").clone();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["lead_id"], 2);
    daemon.stop();
}
