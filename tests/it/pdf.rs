//! Tests of: io/pdf. The real program as the child; files that are whole, and files that are made to harm.

use noticewatch::io::pdf::{PdfError, PdfReader};
use noticewatch_core::capture::glyphs::{TYPESET, Typeset};
use noticewatch_core::document;
use noticewatch_core::document::PageSource;
use noticewatch_core::target::ReadingSettings;
pub mod maker;

use async_compression::tokio::write::ZlibEncoder;
use maker::{file, pages, stream, written};

use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;

fn reader() -> PdfReader {
    PdfReader::of(env!("CARGO_BIN_EXE_noticewatch"))
}

fn failed(file: &[u8]) -> PdfError {
    reader().within(2).read(file).expect_err("a file that gives no text")
}

#[test]
fn letters_have_their_places() {
    let file =
        pages(&[vec![(72, 700, 20, "Notice"), (72, 660, 11, "We notify users,"), (300, 660, 11, "always.")], vec![]]);
    let octets = reader().read(&file).expect("letters");
    let typeset = Typeset::parse(&String::from_utf8(octets.clone()).expect("text"));
    assert_eq!(typeset.to_octets(), octets, "what is written is what is read");
    assert_eq!(typeset.pages.len(), 2);
    let runs = &typeset.pages[0].runs;
    let texts: Vec<&str> = runs.iter().map(|run| run.text.as_str()).collect();
    assert_eq!(texts, ["Notice", "We notify users,", "always."]);
    assert_eq!((runs[0].size, runs[1].x, runs[1].y), (20.0, 72.0, 842.0 - 660.0));
    assert!((70.0..90.0).contains(&runs[1].width), "{}", runs[1].width);
    let page = PageSource { body: &octets, media_type: TYPESET, charset: None };
    let document = document::parse(page, &ReadingSettings::default());
    let seen: Vec<(&str, &[String])> =
        document.blocks.iter().map(|block| (block.text.as_str(), block.heading.as_slice())).collect();
    assert_eq!(seen, [("Notice", &[][..]), ("We notify users, always.", &["Notice".to_owned()][..])]);
}

#[test]
fn files_without_text_say_so() {
    let drawn = stream("", b"0 0 100 100 re f");
    assert!(matches!(failed(&file(vec![drawn], &[])), PdfError::NoText));
    let words = failed(&pages(&[vec![(72, 700, 11, "17 / 3")]])).to_string();
    assert_eq!(words, "the PDF file holds no text, only pictures of it; watch another form of the document");
    assert!(matches!(failed(include_bytes!("../pdf/locked.pdf")), PdfError::Locked));
}

#[test]
fn what_is_no_whole_file_is_broken() {
    let whole = pages(&[vec![(72, 700, 11, "We notify users.")]]);
    for broken in [&b""[..], b"%PDF-", b"%PDF-1.7\n%%EOF", b"<html>no</html>", &[0; 4096], &whole[..40]] {
        assert!(matches!(failed(broken), PdfError::Broken), "{}", String::from_utf8_lossy(broken));
    }
    // Cut or bitten anywhere: never more than an error.
    for at in (9..whole.len()).step_by(whole.len() / 12) {
        let _ = reader().within(2).read(&whole[..at]);
        let mut bitten = whole.clone();
        bitten[at] ^= 0x55;
        let _ = reader().within(2).read(&bitten);
    }
}

#[test]
fn loops_end() {
    let began = Instant::now();
    let itself = written(&[
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>".to_vec(),
    ]);
    let _ = reader().within(2).read(&itself);
    let table =
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF";
    let _ = reader().within(2).read(table);
    let form = |draws: &str| stream("/Type /XObject /Subtype /Form /BBox [0 0 500 500]", draws.as_bytes());
    let _ = reader().within(2).read(&file(vec![stream("", b"/X0 Do")], &[form("/X0 Do /X0 Do")]));
    // Each form draws the next one twelve times over: more than a billion words in a file of two thousand octets.
    let mut forms: Vec<Vec<u8>> = (1..10).map(|next| form(&format!("/X{next} Do ").repeat(12))).collect();
    forms.push(form("BT /F1 9 Tf 9 9 Td (word) Tj ET"));
    let error = reader().within(1).read(&file(vec![stream("", b"/X0 Do")], &forms)).expect_err("too much");
    assert!(matches!(error, PdfError::TooMuch), "{error}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_bomb_is_given_up() {
    let zeros = vec![b' '; 1 << 20];
    let mut packed = ZlibEncoder::new(Vec::new());
    for _ in 0..600 {
        packed.write_all(&zeros).await.expect("packed");
    }
    packed.shutdown().await.expect("packed");
    let bomb = file(vec![stream("/Filter /FlateDecode", &packed.into_inner())], &[]);
    assert!(bomb.len() < 2_000_000);
    let error = failed(&bomb);
    assert!(matches!(error, PdfError::TooMuch | PdfError::NoText | PdfError::Broken), "{error}");
}

#[test]
fn another_program_is_found_out() {
    for program in ["/bin/echo", "/bin/true", "/nowhere/noticewatch"] {
        let error = PdfReader::of(program).read(b"%PDF-").expect_err("no noticewatch");
        assert!(matches!(error, PdfError::Machine(_)), "{program}: {error}");
    }
}
