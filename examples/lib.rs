//! The examples are programs; see README.md. What is here compiles the snippets of the front page and the migration guides, those of the
//! libraries that people come from among them.

macro_rules! guides {
    ($($name:ident = $file:literal,)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../docs/", $file))]
            mod $name {}
        )*
    };
}

guides! {
    readme = "../README.md",
    readme_of_the_core = "../crates/corsage/README.md",
    readme_of_tower = "../crates/corsage-tower/README.md",
    from_tower_http = "migrating-from-tower-http.md",
    from_actix_cors = "migrating-from-actix-cors.md",
    from_rocket_cors = "migrating-from-rocket-cors.md",
    from_poem_cors = "migrating-from-poem-cors.md",
    from_salvo_cors = "migrating-from-salvo-cors.md",
}
