//! Small PDF files, written by hand: pages of lines in the standard fonts, whole or broken in one place.

use std::fmt::Write as _;

/// A line of text: from the left, from the bottom, size, words.
pub type Line<'a> = (u32, u32, u32, &'a str);

/// A file with these pages.
pub fn pages(pages: &[Vec<Line<'_>>]) -> Vec<u8> {
    let contents = pages.iter().map(|lines| {
        let mut content = String::new();
        for (x, y, size, text) in lines {
            let _ = writeln!(content, "BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET");
        }
        stream("", content.as_bytes())
    });
    file(contents.collect(), &[])
}

/// A stream object with these further keys.
pub fn stream(keys: &str, octets: &[u8]) -> Vec<u8> {
    let mut object = format!("<< {keys} /Length {} >>\nstream\n", octets.len()).into_bytes();
    object.extend_from_slice(octets);
    object.extend_from_slice(b"\nendstream");
    object
}

/// A file whose pages have these contents; `forms` can be drawn on all of them as `/X0`, `/X1` ...
pub fn file(contents: Vec<Vec<u8>>, forms: &[Vec<u8>]) -> Vec<u8> {
    let first = 4;
    let form = first + contents.len() * 2;
    let kids: Vec<String> = (0..contents.len()).map(|page| format!("{} 0 R", first + page * 2)).collect();
    let drawn: String =
        (0..forms.len()).fold(String::new(), |all, index| all + &format!("/X{index} {} 0 R ", form + index));
    let resources = format!("<< /Font << /F1 3 0 R >> /XObject << {drawn}>> >>");
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Kids [{}] /Count {} /Resources {resources} >>", kids.join(" "), contents.len())
            .into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>".to_vec(),
    ];
    for (page, content) in contents.into_iter().enumerate() {
        let place = first + page * 2 + 1;
        let page = format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {place} 0 R >>");
        objects.extend([page.into_bytes(), content]);
    }
    objects.extend(forms.iter().cloned());
    written(&objects)
}

/// Objects, numbered from 1, as a file with its table.
pub fn written(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(octets.len());
        octets.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        octets.extend_from_slice(object);
        octets.extend_from_slice(b"\nendobj\n");
    }
    let table = octets.len();
    let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(end, "{place:010} 00000 n ");
    }
    let _ = write!(end, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    octets.extend(end.into_bytes());
    octets
}
