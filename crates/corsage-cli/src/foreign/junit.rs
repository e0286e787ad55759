//! JUnit's XML, as build servers read it.

/// A suite of named cases, each with its fault if it has one.
pub(crate) fn junit(suite: &str, cases: &[(String, Option<String>)]) -> String {
    let failures = cases.iter().filter(|(_, fault)| fault.is_some()).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">\n",
        escaped(suite),
        cases.len(),
    );
    for (name, fault) in cases {
        match fault {
            None => text.push_str(&format!("<testcase name=\"{}\"/>\n", escaped(name))),
            Some(fault) => text.push_str(&format!(
                "<testcase name=\"{}\"><failure message=\"{}\"/></testcase>\n",
                escaped(name),
                escaped(fault),
            )),
        }
    }
    text + "</testsuite>\n</testsuites>\n"
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // What XML cannot hold.
            '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' => escaped.push('?'),
            other => escaped.push(other),
        }
    }
    escaped
}
