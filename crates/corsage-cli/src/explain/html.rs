//! `--html '<img …>'`: what the elements in a piece of HTML load, and their styles, read by a tokenizer that follows the
//! HTML standard.

use corsage::browser::load::{Load, LoadKind, ScriptType};
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use url::Url;

use super::css;

/// The loads of every element in order, each after the preloads that it may find; a preload that nothing uses is a load of
/// its own. Relative URLs are those of `base`.
pub(super) fn loads(html: &str, base: Option<&str>) -> Result<Vec<Vec<Load>>, String> {
    let mut reader =
        Reader { base: base.and_then(|base| Url::parse(base).ok()), ..Reader::default() };
    let mut is_style = false;
    let mut emitter = DefaultEmitter::default();
    // A tag in a script's text is none.
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Ok(Token::StartTag(tag)) => {
                is_style = *tag.name == b"style";
                reader.start(&tag);
                let style = Tag(&tag).get("style").unwrap_or_default();
                reader.styles(&style);
            }
            Ok(Token::String(text)) if is_style => reader.styles(&String::from_utf8_lossy(&text)),
            Ok(Token::EndTag(tag)) if is_media(&tag.name) => reader.media = None,
            _ => {}
        }
    }
    let asked = reader.found;
    let (preloads, used): (Vec<Load>, Vec<Load>) = asked.into_iter().partition(is_preload);
    let left =
        preloads.iter().filter(|preload| used.iter().all(|load| load.url() != preload.url()));
    let alone = left.cloned().map(|preload| vec![preload]);
    let after = used.iter().map(|load| {
        let before = preloads.iter().filter(|preload| preload.url() == load.url());
        before.chain([load]).cloned().collect()
    });
    let groups: Vec<Vec<Load>> = alone.chain(after).collect();
    if groups.is_empty() {
        return Err("--html: no element in it loads anything; for example \
                    '<img src=https://cdn.example/a.png crossorigin>'"
            .to_owned());
    }
    Ok(groups)
}

fn is_preload(load: &Load) -> bool {
    matches!(load.kind(), LoadKind::Preload | LoadKind::ModulePreload)
}

fn is_media(name: &[u8]) -> bool {
    matches!(name, b"audio" | b"video")
}

/// What is known while tags go by.
#[derive(Default)]
struct Reader {
    base: Option<Url>,
    /// The media element that is open.
    media: Option<Media>,
    found: Vec<Load>,
}

/// Its kind, and `crossorigin`, which is that of its sources and tracks too.
struct Media {
    kind: LoadKind,
    crossorigin: Option<String>,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) {
        let tag = Tag(tag);
        match tag.name() {
            b"base" => {
                if let Some(url) =
                    tag.url("href").and_then(|url| Url::parse(&self.absolute(url)).ok())
                {
                    self.base = Some(url);
                }
                return;
            }
            b"audio" | b"video" => {
                let kind = if tag.name() == b"audio" { LoadKind::Audio } else { LoadKind::Video };
                self.media = Some(Media { kind, crossorigin: tag.get("crossorigin") });
                self.add(&tag, kind, tag.url("src"));
                self.add(&tag, LoadKind::Poster, tag.url("poster"));
                return;
            }
            _ => {}
        }
        let load = match tag.name() {
            b"source" => match &self.media {
                Some(media) => tag.url("src").map(|url| Load::new(media.kind, self.absolute(url))),
                None => None,
            },
            _ => tag.load(|url| self.absolute(url)),
        };
        self.found.extend(load.map(|load| self.with_attributes(load, &tag)));
    }

    fn add(&mut self, tag: &Tag<'_>, kind: LoadKind, url: Option<String>) {
        let Some(url) = url else { return };
        let load = Load::new(kind, self.absolute(url));
        let load = self.with_attributes(load, tag);
        self.found.push(load);
    }

    fn styles(&mut self, css: &str) {
        let found = css::loads(css).into_iter();
        let loads = found.map(|(kind, url)| Load::new(kind, self.absolute(url)));
        let loads: Vec<Load> = loads.collect();
        self.found.extend(loads);
    }

    fn absolute(&self, url: String) -> String {
        self.base.as_ref().and_then(|base| base.join(&url).ok()).map_or(url, Into::into)
    }

    fn with_attributes(&self, mut load: Load, tag: &Tag<'_>) -> Load {
        let inherits = matches!(tag.name(), b"source" | b"track");
        let media = self.media.as_ref().filter(|_| inherits);
        let crossorigin = match media {
            Some(media) => media.crossorigin.clone(),
            None => tag.get("crossorigin"),
        };
        if let Some(value) = crossorigin {
            load = load.crossorigin(&value);
        }
        if let Some(metadata) = tag.get("integrity") {
            load = load.integrity(metadata);
        }
        if let Some(policy) = tag.get("referrerpolicy") {
            load = load.referrer_policy(&policy);
        }
        if tag.words("rel").iter().any(|word| word == "noreferrer") {
            load = load.no_referrer();
        }
        if tag.get("credentialless").is_some() {
            load = load.credentialless();
        }
        load
    }
}

/// A start tag, its attributes by name.
struct Tag<'a>(&'a StartTag<()>);

impl Tag<'_> {
    fn name(&self) -> &[u8] {
        &self.0.name
    }

    fn get(&self, name: &str) -> Option<String> {
        let value = self.0.attributes.get(name.as_bytes())?;
        Some(String::from_utf8_lossy(value).trim().to_owned())
    }

    fn lower(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_ascii_lowercase()
    }

    fn words(&self, name: &str) -> Vec<String> {
        self.lower(name).split_ascii_whitespace().map(str::to_owned).collect()
    }

    fn url(&self, name: &str) -> Option<String> {
        self.get(name).filter(|url| !url.is_empty())
    }

    /// `src`, else the first candidate of `srcset`.
    fn picture(&self) -> Option<String> {
        let first = || {
            let candidates = self.url("srcset")?;
            let url = candidates.split_ascii_whitespace().next()?;
            Some(url.trim_end_matches(',').to_owned())
        };
        self.url("src").or_else(first)
    }

    /// What the element loads, if it is one that loads something by itself.
    fn load(&self, absolute: impl Fn(String) -> String) -> Option<Load> {
        let new = |kind, url: Option<String>| Some(Load::new(kind, absolute(url?)));
        let reference = || self.url("href").or_else(|| self.url("xlink:href"));
        match self.name() {
            b"img" => new(LoadKind::Image, self.picture()),
            b"input" if self.lower("type") == "image" => new(LoadKind::ImageInput, self.url("src")),
            b"image" => new(LoadKind::SvgImage, reference()),
            b"use" => new(LoadKind::SvgUse, reference().filter(|url| !url.starts_with('#'))),
            b"track" => new(LoadKind::Track, self.url("src")),
            b"script" => self.script(absolute(self.url("src")?)),
            b"link" => self.link(absolute(self.url("href")?)),
            b"iframe" | b"frame" => new(LoadKind::Iframe, self.url("src")),
            b"object" => new(LoadKind::Object, self.url("data")),
            b"embed" => new(LoadKind::Embed, self.url("src")),
            b"form" => {
                let enctype = self.get("enctype");
                let url = absolute(self.url("action")?);
                Some(Load::form(url, &self.lower("method"), enctype.as_deref()))
            }
            b"a" | b"area" => {
                new(LoadKind::Ping, self.get("ping")?.split_whitespace().next().map(str::to_owned))
            }
            _ => None,
        }
    }

    /// A `type` that is no script's makes a block of data, which is not fetched.
    fn script(&self, url: String) -> Option<Load> {
        let kind = ScriptType::of_element(&self.lower("type"))?;
        // Whoever knows modules leaves it out.
        let left_out = kind == ScriptType::Classic && self.get("nomodule").is_some();
        (!left_out).then(|| Load::script(url).script_type(kind))
    }

    fn link(&self, url: String) -> Option<Load> {
        let rel = self.words("rel");
        let has = |word: &str| rel.iter().any(|known| known == word);
        if has("stylesheet") {
            Some(Load::style(url))
        } else if has("modulepreload") {
            Some(Load::new(LoadKind::ModulePreload, url))
        } else if has("preload") {
            Some(Load::preload(url, &self.lower("as")))
        } else {
            has("manifest").then(|| Load::new(LoadKind::Manifest, url))
        }
    }
}

#[cfg(test)]
mod tests {
    use corsage::browser::load::CrossOriginAttribute;

    use super::*;

    fn told(html: &str) -> Vec<Vec<String>> {
        let groups = loads(html, Some("https://app.example/shop/")).expect("loads");
        groups.iter().map(|group| group.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn elements_are_read() {
        let rows = [
            ("<img src='https://cdn.example/a.png'>", "image https://cdn.example/a.png"),
            ("<p>text<IMG SRC=/a.png CrossOrigin>", "image https://app.example/a.png"),
            ("<img srcset='a.png 1x, b.png 2x'>", "image https://app.example/shop/a.png"),
            ("<script type=module src=a.js></script>", "module https://app.example/shop/a.js"),
            (
                "<link href=a.css rel='alternate stylesheet'>",
                "style https://app.example/shop/a.css",
            ),
            ("<form action=/x method=POST></form>", "form https://app.example/x"),
            (
                "<!-- <img src=no.png> --><embed src='a?b&amp;c'>",
                "embed https://app.example/shop/a?b&c",
            ),
            (
                "<a href=/x ping='https://log.example/ https://b.example/'>",
                "ping https://log.example/",
            ),
            (
                "<base href=https://cdn.example/v2/><img src=a.png>",
                "image https://cdn.example/v2/a.png",
            ),
            (
                "<svg><image href='https://cdn.example/a.png'/></svg>",
                "svg-image https://cdn.example/a.png",
            ),
            (
                "<p style='background:url(b.png)'>text",
                "background-image https://app.example/shop/b.png",
            ),
            (
                "<style>@font-face{src:url(//cdn.example/x.woff2)}</style><p>url(no)",
                "font https://cdn.example/x.woff2",
            ),
            (
                "<script>'<img src=/no.png>'</script><audio src=/a.ogg>",
                "audio https://app.example/a.ogg",
            ),
        ];
        for (html, expected) in rows {
            assert_eq!(told(html), [[expected]], "{html}");
        }
    }

    #[test]
    fn every_element_is_told() {
        let html = "<video poster=/p.png><source src=/a.webm><track src=/en.vtt></video><script src=/a.js></script>";
        let kinds: Vec<_> = loads(html, Some("https://app.example")).unwrap();
        let kinds: Vec<_> = kinds.iter().flatten().map(Load::kind).collect();
        assert_eq!(kinds, [LoadKind::Poster, LoadKind::Video, LoadKind::Track, LoadKind::Script]);
    }

    #[test]
    fn a_preload_stands_before_what_uses_it() {
        let html = "<link rel=preload as=font href=/a.woff2 crossorigin><link rel=preload as=image \
                    href=/b.png><img src=/b.png>";
        let font = vec!["preload https://app.example/a.woff2".to_owned()];
        let image = ["preload", "image"].map(|kind| format!("{kind} https://app.example/b.png"));
        assert_eq!(told(html), [font, image.to_vec()]);
    }

    #[test]
    fn a_track_takes_crossorigin_from_its_video() {
        let html = "<video crossorigin=use-credentials><track src=/en.vtt></video><img src=/a.png>";
        let loads = loads(html, Some("https://app.example")).unwrap();
        assert_eq!(loads[0][0].cross_origin_attribute(), CrossOriginAttribute::UseCredentials);
        assert_eq!(loads[1][0].cross_origin_attribute(), CrossOriginAttribute::NoCors);
    }

    #[test]
    fn what_loads_nothing_says_so() {
        let nothing = [
            "<p>nothing",
            "",
            "<img>",
            "<script type=text/template src=/a></script>",
            "<script nomodule src=/old.js></script>",
            "<use href=#icon>",
        ];
        for html in nothing {
            assert!(loads(html, None).is_err(), "{html}");
        }
    }
}
