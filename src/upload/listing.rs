//! What the store lists of an unfinished upload.

use crate::upload::Answer;
use crate::upload::answer::element;

/// A part that the store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub number: u32,
    pub etag: String,
    pub size: Option<u64>,
}

/// One page of S3's ListParts.
pub struct Page {
    pub parts: Vec<Listed>,
    /// The part after which the next page begins.
    pub next: Option<u32>,
}

impl Page {
    pub fn read(answer: &Answer) -> Page {
        let next = answer.element("NextPartNumberMarker").and_then(|marker| marker.parse().ok());
        let is_last = answer.element("IsTruncated").as_deref() != Some("true");
        Page { parts: answer.elements("Part").filter_map(part).collect(), next: next.filter(|_| !is_last) }
    }
}

fn part(text: &str) -> Option<Listed> {
    let number = element(text, "PartNumber")?.parse().ok().filter(|number| *number > 0)?;
    let etag = element(text, "ETag")?.trim_matches('"').to_owned();
    Some(Listed { number, etag, size: element(text, "Size").and_then(|size| size.parse().ok()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_etags_of_any_spelling() {
        let body = "<?xml version=\"1.0\"?><ListPartsResult><PartNumberMarker>0</PartNumberMarker>\
            <NextPartNumberMarker>7</NextPartNumberMarker><IsTruncated>true</IsTruncated>\
            <Part><PartNumber>2</PartNumber><ETag>&quot;ab&quot;</ETag><Size>5</Size></Part>\
            <Part><Size>6</Size><ETag>\"cd\"</ETag><PartNumber>7</PartNumber></Part>\
            <Part><PartNumber>no number</PartNumber><ETag>ef</ETag></Part></ListPartsResult>";
        let page = Page::read(&Answer { body: body.to_owned(), ..Answer::ok() });
        let listed = |number, etag: &str, size| Listed { number, etag: etag.to_owned(), size: Some(size) };
        assert_eq!(page.parts, [listed(2, "ab", 5), listed(7, "cd", 6)]);
        assert_eq!(page.next, Some(7));
        let last = Page::read(&Answer { body: body.replace("true", "false"), ..Answer::ok() });
        assert_eq!(last.next, None);
    }
}
