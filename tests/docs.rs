//! What the README says of errors is what the code knows.

use tableport::Code;

const README: &str = include_str!("../README.md");

/// The rows of the table of errors: code and sentence.
fn listed() -> Vec<(&'static str, &'static str)> {
    let (_, section) = README.split_once("\n## Errors\n").expect("a section on errors");
    let section = section.split("\n## ").next().unwrap_or_default();
    let row = |line: &'static str| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ");
    section.lines().filter_map(row).collect()
}

#[test]
fn every_code_is_listed_in_its_order_and_no_other() {
    let codes: Vec<_> = listed().into_iter().map(|(code, _)| code).collect();
    let known: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes, known);
}

#[test]
fn what_is_tried_again_is_said_so() {
    for (text, sentence) in listed() {
        let code = Code::from_text(text).expect("a code");
        assert_eq!(sentence.contains("tried again"), code.is_retryable(), "{text}: {sentence}");
    }
}

#[test]
fn every_code_that_is_mentioned_exists() {
    let starts_a_code = |text: &str| Code::ALL.iter().any(|code| code.as_str().starts_with(text));
    let is_code = |text: &&str| text.find('/').is_some_and(|slash| starts_a_code(&text[..=slash]));
    // Every second piece is between backticks.
    let mentioned: Vec<_> = README.split('`').skip(1).step_by(2).filter(is_code).collect();
    assert!(mentioned.contains(&"source/type-changed"));
    for text in mentioned {
        assert!(Code::from_text(text).is_some(), "{text}");
    }
}
