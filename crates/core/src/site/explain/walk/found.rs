//! Where a walk goes on: redirects, sitemaps and links.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{REDIRECTS_MAX, SiteWalk, Visit, WALK_PAGES_MAX};
use crate::cache::snapshot::sitemap::{self, Sitemap};
use crate::site::explain::loads;
use crate::site::explain::report::{ExplainedRedirect, RedirectTarget};
use crate::site::explain::verdict::WalkAnswer;

impl SiteWalk {
    pub(super) fn redirect(
        &mut self,
        visit: &Visit,
        answer: WalkAnswer<'_>,
    ) -> Option<ExplainedRedirect> {
        let is_redirect = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        let to = answer.fields.get("location").filter(|_| is_redirect)?;
        let Some(path) = loads::resolve(to, &visit.path, &self.hosts(&visit.path)) else {
            return Some(ExplainedRedirect { to: to.into(), target: RedirectTarget::Elsewhere });
        };
        let is_loop =
            path == visit.path || visit.chain.contains(&path) || visit.chain.len() >= REDIRECTS_MAX;
        if !is_loop {
            let mut chain = visit.chain.clone();
            chain.push(visit.path.clone());
            self.add(&path, visit.loaded_by.clone(), chain);
        }
        let target = if is_loop { RedirectTarget::Loop } else { RedirectTarget::Site };
        Some(ExplainedRedirect { to: path, target })
    }

    pub(super) fn about_loop(&self, path: &str) -> String {
        let upstream = self.upstream(path);
        let name = upstream.map(|one| one.name.clone()).unwrap_or_default();
        match upstream.and_then(|one| one.host.as_deref()) {
            None => format!(
                "it redirects to itself: `host = \"site\"` at `[upstreams.{name}]` lets it see the \
                 name that visitors use"
            ),
            Some(host) => format!(
                "it redirects to itself although it is asked as {host}: its server has to believe \
                 `X-Forwarded-Proto`, by which Breakwater says that visitors came by https"
            ),
        }
    }

    pub(super) fn sitemap(&mut self, visit: &Visit, answer: WalkAnswer<'_>) {
        let hosts: Vec<String> = self.hosts(&visit.path).into_iter().map(String::from).collect();
        let most = self.options.pages_max;
        let read =
            hosts.iter().filter_map(|host| sitemap::parse(answer.body, host, most, |_| true).ok());
        let found = read.max_by_key(|found| match found {
            Sitemap::Pages(paths) | Sitemap::Index(paths) => paths.len(),
        });
        match found {
            Some(Sitemap::Pages(pages)) => {
                self.named += pages.len();
                for page in pages {
                    self.add_page(&page);
                }
            }
            Some(Sitemap::Index(sitemaps)) => {
                for sitemap in sitemaps.iter().rev() {
                    self.add_sitemap(sitemap);
                }
            }
            None => {}
        }
    }

    /// Takes note that a sitemap was read.
    pub(super) fn end_sitemap(&mut self) {
        self.sitemaps_open = self.sitemaps_open.saturating_sub(1);
        if self.sitemaps_open == 0 && self.named == 0 {
            self.follows_links = true;
            let links = core::mem::take(&mut self.spare_links);
            self.take_links(links);
        }
    }

    /// Adds the pages that a page links to, or keeps them until it is known whether they are to be
    /// looked at.
    pub(super) fn take_links(&mut self, links: Vec<String>) {
        if self.follows_links {
            for link in links {
                self.add(&link, None, Vec::new());
            }
        } else if self.sitemaps_open > 0 {
            let room = WALK_PAGES_MAX.saturating_sub(self.spare_links.len());
            self.spare_links.extend(links.into_iter().take(room));
        }
    }
}
