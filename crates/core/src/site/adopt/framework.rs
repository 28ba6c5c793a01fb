//! The frameworks that there are presets for.

use core::fmt;

/// What a site is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framework {
    /// WordPress with the shop WooCommerce.
    WooCommerce,
    /// WordPress.
    WordPress,
    /// Next.js.
    Next,
    /// Nuxt.
    Nuxt,
    /// Astro, with a server or without.
    Astro,
    /// SvelteKit.
    SvelteKit,
    /// Django.
    Django,
    /// Ruby on Rails.
    Rails,
    /// Laravel.
    Laravel,
    /// Express, or another small server on Node.
    Express,
    /// Files that a web server sends as they are.
    Static,
    /// None of these.
    Unknown,
}

impl Framework {
    /// All of them. Where a site shows marks of several, an earlier one is named first: the later
    /// ones are what the earlier ones are often built on or served by.
    pub const ALL: [Self; 12] = [
        Self::WooCommerce,
        Self::WordPress,
        Self::Next,
        Self::Nuxt,
        Self::Astro,
        Self::SvelteKit,
        Self::Django,
        Self::Rails,
        Self::Laravel,
        Self::Express,
        Self::Static,
        Self::Unknown,
    ];

    /// The name by which the command line takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WooCommerce => "woocommerce",
            Self::WordPress => "wordpress",
            Self::Next => "next",
            Self::Nuxt => "nuxt",
            Self::Astro => "astro",
            Self::SvelteKit => "sveltekit",
            Self::Django => "django",
            Self::Rails => "rails",
            Self::Laravel => "laravel",
            Self::Express => "express",
            Self::Static => "static",
            Self::Unknown => "unknown",
        }
    }

    /// Its name as its makers write it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::WooCommerce => "WordPress with WooCommerce",
            Self::WordPress => "WordPress",
            Self::Next => "Next.js",
            Self::Nuxt => "Nuxt",
            Self::Astro => "Astro",
            Self::SvelteKit => "SvelteKit",
            Self::Django => "Django",
            Self::Rails => "Ruby on Rails",
            Self::Laravel => "Laravel",
            Self::Express => "Express",
            Self::Static => "static files",
            Self::Unknown => "no framework that is known here",
        }
    }

    /// The framework with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|framework| framework.name() == name)
    }
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
