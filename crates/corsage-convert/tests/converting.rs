//! What is written is read back, and means the same.

use corsage_convert::report::human;
use corsage_convert::{Checked, Circumstances, Format, Program, Source, convert, read, write};
use corsage_texts::Language;

fn corsage(text: &str) -> Box<dyn Program> {
    let circumstances = Circumstances::default();
    read(Format::Corsage, &Source { text, name: None, circumstances: &circumstances })
        .unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

const POLICIES: &[&str] = &[
    "[[policy]]\nallow_origins = [\"https://app.example.com\"]\n",
    "[[policy]]\nallow_origins = [\"https://app.example.com\", \"https://admin.example.com\"]\n\
     allow_credentials = true\nallow_methods = [\"PUT\", \"DELETE\"]\nallow_headers = [\"content-type\"]\n\
     expose_headers = [\"etag\"]\nmax_age = 600\n",
    "[[policy]]\nallow_origins = [\"https://*.example.com\"]\nallow_headers = [\"x-request-id\"]\n",
];

/// What has a will of its own: stores imply credentials or have none, and answer in their own name; CloudFront
/// and Vercel leave preflights to what stands behind; Starlette grants `content-type` whatever is listed, Spring
/// refuses requests of origins that are not listed with 403. The conversion says so, and refuses to widen.
fn has_a_will_of_its_own(to: Format) -> bool {
    matches!(
        to,
        Format::S3Json
            | Format::S3Xml
            | Format::Azure
            | Format::Gcs
            | Format::CloudFront
            | Format::Vercel
            | Format::Netlify
            | Format::R2
            | Format::RackCors
            | Format::Fastapi
            | Format::Starlette
            | Format::Spring
    )
}

/// What has no words for all origins of a domain: nothing may be widened, and all else has to be there.
fn has_no_patterns(to: Format) -> bool {
    matches!(to, Format::ApiGateway)
}

#[test]
fn every_format_that_is_read_means_what_was_meant() {
    let mut faults = Vec::new();
    for text in POLICIES {
        let program = corsage(text);
        for &to in write::WRITTEN {
            let circumstances = Circumstances::default();
            let conversion = convert(program.as_ref(), to, "corsage.toml", &circumstances)
                .unwrap_or_else(|| panic!("{to} is said to be written"));
            match conversion.checked {
                Checked::Compared { comparison, .. } => {
                    // A handler that sends headers of its own overrules the options of a framework.
                    let is_exact = comparison.differences.iter().all(|other| other.is_incidental);
                    let is_narrower =
                        text.contains('*') && !comparison.widens() && has_no_patterns(to);
                    let is_right = is_exact || is_narrower || has_a_will_of_its_own(to);
                    if !is_right {
                        faults.push(format!(
                            "{to}: {}\n{}",
                            conversion.written.text,
                            human(&comparison, Language::English)
                        ));
                    }
                }
                Checked::NoReader => println!("{to}: no reader"),
                Checked::Refused(_) if has_a_will_of_its_own(to) => {}
                Checked::Refused(why) => {
                    faults.push(format!("{to}: {}\n{why:?}", conversion.written.text));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Preflights for GET are refused there, and the headers are those of the methods that are listed.
#[test]
fn headers_of_a_list_without_get_are_kept() {
    let text = "app.add_middleware(CORSMiddleware, allow_origins=['https://app.example.com'], \
                allow_methods=['PUT'], allow_headers=['x-a'])\n";
    let circumstances = Circumstances::default();
    let source = Source { text, name: None, circumstances: &circumstances };
    let program = read(Format::Starlette, &source).unwrap_or_else(|why| panic!("{why:?}"));
    let conversion = convert(program.as_ref(), Format::Starlette, "app.py", &circumstances)
        .unwrap_or_else(|| panic!("Starlette is written"));
    assert!(conversion.written.text.contains("x-a"), "{}", conversion.written.text);
    let Checked::Compared { comparison, .. } = conversion.checked else { panic!("it is read") };
    // It cannot refuse preflights for GET when it is written: that is told, and nothing else.
    let requests = comparison.differences.iter().flat_map(|other| &other.requests);
    assert!(requests.into_iter().all(|(method, _)| method == "GET"), "{comparison:?}");
}
