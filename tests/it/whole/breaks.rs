//! Pages that break for a day and come back changed: nothing false meanwhile, the change afterwards.

use super::world::{COUNSEL, DESK, LOGIN, REDESIGN, WEAKENED, World, said};
use crate::fault_server::Answer;

fn breaks() -> Vec<(&'static str, Answer)> {
    let bomb = zstd::encode_all(&vec![b' '; 8_000_000][..], 3).expect("a bomb");
    vec![
        ("harrowgate", Answer::status("500 Internal Server Error")),
        ("pellmark", Answer::status("403 Forbidden").body("<h1>Forbidden</h1>")),
        ("mirelle", Answer::page(LOGIN)),
        ("tindlebox", Answer::page("")),
        ("ospreyline", Answer::page(&REDESIGN[..2_000]).header("Content-Length: 9000")),
        ("calderpost", Answer::redirect("http://10.0.0.1/law")),
        ("wrenfield", Answer::page(bomb).header("Content-Encoding: zstd")),
    ]
}

#[tokio::test]
async fn broken_pages_are_troubles_and_what_changed_behind_them_is_found() {
    let breaks = breaks();
    let page = |wording: &str, name: &str| wording.replace("Lumenfeed", name);
    let names: Vec<(String, String, String)> =
        breaks.iter().map(|(name, _)| (format!("{name}-law"), format!("/{name}"), page(REDESIGN, name))).collect();
    let rows: Vec<_> = names.iter().map(|(id, path, page)| (id.as_str(), path.as_str(), page.as_str())).collect();
    let mut world = World::new("2026-01-06T00:00:00Z", &rows).await;
    world.until("2026-01-06T03:00:00Z").await;
    for (name, answer) in &breaks {
        world.web.set(&format!("/{name}"), answer.clone());
    }
    world.until("2026-01-07T09:00:00Z").await;
    for recipient in [COUNSEL, DESK] {
        let letters = world.to(recipient);
        let wrong: Vec<_> = letters.iter().filter(|letter| !letter.subject.starts_with("[page check]")).collect();
        assert!(wrong.is_empty(), "{:?}", world.subjects(recipient));
        for (name, _) in &breaks {
            let label = format!("{name} law enforcement guidelines");
            assert!(letters.iter().any(|letter| letter.text.contains(&label)), "{label}: {letters:#?}");
        }
    }
    assert!(world.json(&["history", "--json"]).is_empty(), "no finding while nothing can be read");
    for (name, _) in &breaks {
        world.set(&format!("/{name}"), &page(WEAKENED, name));
    }
    world.until("2026-01-09T20:00:00Z").await;
    let found = world.json(&["history", "--json"]);
    for (id, ..) in &rows {
        let mine: Vec<_> = found.iter().filter(|finding| finding["target"] == *id).collect();
        assert_eq!(mine.len(), 1, "{id}: {}", said(&world.run(&["history", id])));
        assert_eq!(mine[0]["verdict"], "weakened", "{id}");
        assert_eq!(mine[0]["told"].as_array().map(Vec::len), Some(2), "{id}: {}", mine[0]["told"]);
    }
    let text: String =
        world.to(DESK).into_iter().filter(|letter| letter.subject.contains("weakened")).map(|l| l.text).collect();
    for (name, _) in &breaks {
        assert!(text.contains(&format!("{name} law enforcement guidelines")), "{name}: {text}");
    }
    let status = world.json(&["status", "--json"]);
    for row in status.iter().filter(|row| row.get("target").is_some()) {
        assert!(row["trouble"].is_null(), "{row}");
    }
}
