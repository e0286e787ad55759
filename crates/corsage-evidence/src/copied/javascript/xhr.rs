//! `XMLHttpRequest`: what is done to an object between `open` and `send`.

use corsage::browser::CredentialsMode;
use corsage_diagnosis::RemarkKind;
use oxc_ast::ast::Argument;

use super::fetch_call::{take_body, take_url};
use super::value::{Names, Value, text};
use crate::request::{Copied, Credentials, Load, UploadListener};

/// The objects of a program, by name.
#[derive(Default)]
pub(super) struct Xhr {
    objects: Vec<Object>,
}

struct Object {
    name: String,
    copied: Copied,
    opened: bool,
    with_credentials: bool,
}

impl Xhr {
    pub(super) fn declare(&mut self, name: &str) {
        self.objects.push(Object {
            name: name.to_owned(),
            copied: Copied { load: Load::Xhr, ..Copied::default() },
            opened: false,
            with_credentials: false,
        });
    }

    fn object(&mut self, name: &str) -> Option<&mut Object> {
        self.objects.iter_mut().rev().find(|object| object.name == name)
    }

    /// `x.withCredentials = true`, `x.upload.onprogress = …`
    pub(super) fn assigned(&mut self, object: &str, property: &str, value: &Value<'_, '_>) {
        if let Some(name) = object.strip_suffix(".upload") {
            if let Some(object) = self.object(name) {
                object.copied.upload_listener = UploadListener::Registered;
            }
        } else if property == "withCredentials"
            && let Some(object) = self.object(object)
        {
            object.with_credentials = matches!(value, Value::Bool(true));
        }
    }

    pub(super) fn called<'a>(
        &mut self,
        object: &str,
        method: &str,
        arguments: &'a [Argument<'a>],
        names: &Names<'a, 'a>,
        found: &mut Vec<Copied>,
    ) {
        if let (Some(name), "addEventListener") = (object.strip_suffix(".upload"), method) {
            if let Some(object) = self.object(name) {
                object.copied.upload_listener = UploadListener::Registered;
            }
            return;
        }
        // Whatever it is named: nothing else is opened with a method and a URL.
        let opens = method == "open"
            && matches!(names.argument(arguments, 0), Some(Value::Text(verb)) if verb.bytes().all(|byte| byte.is_ascii_alphabetic()) && verb.len() < 10)
            && arguments.len() > 1;
        if opens && self.object(object).is_none() {
            self.declare(object);
        }
        let Some(object) = self.object(object) else { return };
        match method {
            "open" => {
                if object.opened {
                    // Opened anew: what was sent before is a request of its own.
                    found.push(std::mem::take(&mut object.copied));
                    object.copied.load = Load::Xhr;
                }
                object.opened = true;
                object.copied.method = names.argument(arguments, 0).and_then(|value| text(&value));
                if let Some(url) = names.argument(arguments, 1) {
                    take_url(&mut object.copied, &url);
                }
            }
            "setRequestHeader" => {
                let Some(Value::Text(name)) = names.argument(arguments, 0) else { return };
                let value = match names.argument(arguments, 1) {
                    Some(Value::Computed(computed)) => {
                        object.copied.remark(
                            RemarkKind::HeaderComputed,
                            &[
                                ("name", &name),
                                ("text", &computed.text),
                                ("place", &computed.place),
                            ],
                        );
                        computed.text
                    }
                    Some(value) => text(&value).unwrap_or_default(),
                    None => return,
                };
                object.copied.headers.push((name, value));
            }
            "send" => {
                if let Some(body) = names.argument(arguments, 0) {
                    take_body(&mut object.copied, &body);
                }
            }
            _ => {}
        }
    }

    pub(super) fn finish(self, found: &mut Vec<Copied>) {
        for object in self.objects.into_iter().filter(|object| object.opened) {
            let mut copied = object.copied;
            copied.credentials = Credentials::Known(if object.with_credentials {
                CredentialsMode::Include
            } else {
                CredentialsMode::SameOrigin
            });
            found.push(copied);
        }
    }
}
