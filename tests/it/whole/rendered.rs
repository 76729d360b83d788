//! Targets that need a browser, with a render service of the test's own at the socket: what is kept, asked and told.

use super::world::{PROMISE, World, said};
use crate::fault_server::Answer;
use noticewatch::io::browser::{RenderOrder, RenderReply, RenderedPage};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::sync::mpsc::{Receiver, channel};

const SHELL: &str = "<html><head><script src=/app.js></script></head><body><div id=app></div></body></html>";

/// Serves this page to every order, until the test ends.
fn service(world: &World, html: &str) -> String {
    listening(world, html).0
}

/// The same, with the addresses of the orders.
fn listening(world: &World, html: &str) -> (String, Receiver<String>) {
    let (orders, heard) = channel();
    let path = world.dir.path().join("render.socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let page = RenderedPage {
        html: html.to_owned(),
        final_url: world.web.url("/law"),
        browser: "Chrome/1".to_owned(),
        settled: true,
        unconfined: None,
        refused: Vec::new(),
    };
    let line = serde_json::to_string(&RenderReply::Page(page)).expect("JSON") + "\n";
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a daemon");
            let mut order = String::new();
            BufReader::new(&stream).read_line(&mut order).expect("an order");
            let order: RenderOrder = serde_json::from_str(&order).expect("an order");
            let _ = orders.send(order.url);
            stream.write_all(line.as_bytes()).expect("answered");
        }
    });
    (format!("\n[browser]\nsocket = \"{}\"\n", path.display()), heard)
}

fn append(world: &World, file: &str, text: &str) {
    let path = world.dir.path().join(file);
    let before = std::fs::read_to_string(&path).expect("a file");
    std::fs::write(path, before + text).expect("written");
}

/// `render = true` at the first target.
fn render(world: &World) {
    let path = world.dir.path().join("targets.toml");
    let text = std::fs::read_to_string(&path).expect("targets");
    std::fs::write(path, text.replacen("language = \"en\"", "language = \"en\"\nrender = true", 1)).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rendered_page_is_read_and_marked_and_what_was_served_is_kept_beside_it() {
    let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", SHELL)]).await;
    world.web.set("/law", Answer::page(SHELL).etag("\"same\""));
    render(&world);
    let settings = service(&world, PROMISE);
    append(&world, "noticewatch.toml", &settings);
    world.until("2026-01-07T08:00:00Z").await;
    let asked = world.web.asked();
    assert!(world.web.count("/law") >= 4);
    assert!(
        asked.iter().all(|asked| asked.header("if-none-match").is_none()),
        "a shell is never asked for conditionally"
    );
    world.close();
    let status = super::world::lines(&world.run(&["status", "--json"]));
    assert!(status[0]["last_good"].is_string() || status[0].to_string().contains("2026-01-07"), "{status:?}");
    let header = &world.json_whole(&["show", "lumenfeed-law", "--headers"]);
    assert_eq!(header["rendered"]["browser"], "Chrome/1", "{header}");
    assert_eq!(String::from_utf8_lossy(&world.run(&["show", "lumenfeed-law", "--raw"]).stdout), PROMISE);
    assert_eq!(String::from_utf8_lossy(&world.run(&["show", "lumenfeed-law", "--served"]).stdout), SHELL);
    let text = said(&world.run(&["history", "lumenfeed-law"]));
    assert!(text.contains("policy to notify"), "{text}");
    let store = noticewatch::io::store::Store::read_only(&world.dir.path().join("state")).expect("a store");
    assert_eq!(store.verify().expect("a report").damage, []);
}

/// A browser begins without cookies: it goes in where the redirects begin, behind a link that was followed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_goes_the_way_of_the_redirects_itself() {
    let link = "<html><body><p>Our <a href=/door>guidelines</a> for requests.</p></body></html>";
    for (follow, law, entrance) in [
        (false, Answer::page(SHELL), "/law"),
        (false, Answer::redirect("/door"), "/law"),
        (true, Answer::page(link), "/door"),
    ] {
        let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", SHELL)]).await;
        world.web.set("/law", law);
        world.web.set("/door", Answer::redirect("/hall").header("Set-Cookie: been=here; Path=/"));
        world.web.set("/hall", Answer::redirect("/inside"));
        world.set("/inside", SHELL);
        render(&world);
        if follow {
            let (path, law) = (world.dir.path().join("targets.toml"), world.web.url("/law"));
            let text = std::fs::read_to_string(&path).expect("targets");
            let link = format!("follow = {{ page = \"{law}\", link = \"guidelines\" }}");
            std::fs::write(path, text.replace(&format!("url = \"{law}\""), &link)).expect("written");
        }
        let (settings, heard) = listening(&world, PROMISE);
        append(&world, "noticewatch.toml", &settings);
        world.until("2026-01-06T10:00:00Z").await;
        let orders: Vec<String> = heard.try_iter().collect();
        assert!(!orders.is_empty() && orders.iter().all(|url| *url == world.web.url(entrance)), "{orders:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_is_rendered_unasked_only_where_the_operator_allows_it() {
    for automatic in [false, true] {
        let mut world = World::new("2026-01-06T08:00:00Z", &[("lumenfeed-law", "/law", SHELL)]).await;
        let settings = service(&world, PROMISE);
        append(&world, "noticewatch.toml", &format!("{settings}automatic = {automatic}\n"));
        world.until("2026-01-06T10:00:00Z").await;
        world.close();
        let header = world.json_whole(&["show", "lumenfeed-law", "--headers"]);
        assert_eq!(header.get("rendered").is_some(), automatic, "{header}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_browser_the_target_says_what_is_missing_and_the_others_go_on() {
    let rows = [("lumenfeed-law", "/law", SHELL), ("quillhaven-law", "/other", PROMISE)];
    let world = World::new("2026-01-06T08:00:00Z", &rows).await;
    render(&world);
    append(&world, "noticewatch.toml", "\n[browser]\nprogram = \"/nowhere/chromium\"\n");
    let output = world.run(&["check", "--no-wait"]);
    assert!(said(&output).contains("1 of 2 pages read"), "{}", said(&output));
    let status = said(&world.run(&["status"]));
    assert!(status.contains("there is no /nowhere/chromium"), "{status}");
}
