//! A shop, a bucket, and the keeper between them, in virtual time. A round does the same here as in
//! the Worker, but without waiting.

use std::collections::{BTreeMap, VecDeque};

use breakwater_core::base::budget::Ledger;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::cache::snapshot::{
    Fetched, Hash, Head, Job, JobEnd, Judged, Keeper, Manifest, ManifestCache, NextJob, RoundTally,
    Why, key,
};
use breakwater_core::site::budget::snapshots_budget;
use breakwater_core::site::config::{Site, WatchRules, parse};

/// The answer for a path.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) etag: Option<String>,
    pub(crate) cache_control: &'static str,
    pub(crate) body: String,
}

/// An object in the bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) struct Shop {
    pub(crate) site: Site,
    pub(crate) keeper: Keeper,
    /// What is left of the budget.
    pub(crate) ledger: Ledger,
    pub(crate) answers: BTreeMap<String, Answer>,
    /// Whether the shop answers no request at all.
    pub(crate) is_dead: bool,
    pub(crate) bucket: BTreeMap<String, Object>,
    /// The requests that reached the shop, in their order.
    pub(crate) requests: Vec<String>,
    pub(crate) now: Timestamp,
}

pub(crate) fn page(body: &str) -> Answer {
    Answer {
        status: 200,
        content_type: "text/html",
        etag: None,
        cache_control: "public, max-age=60",
        body: format!("<html><body>Shop {body}</body></html>"),
    }
}

pub(crate) fn asset(content_type: &'static str, body: &str) -> Answer {
    Answer { content_type, body: body.into(), ..page("") }
}

impl Shop {
    /// Returns a shop with these `[[snapshots]]`.
    pub(crate) fn new(rules: &str) -> Self {
        Self::with("", rules)
    }

    /// Returns a shop with these keys in `[site]` too.
    pub(crate) fn with(site: &str, rules: &str) -> Self {
        let text = format!(
            "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n{site}\n\
             [upstreams.web]\norigin = \"https://web.example\"\n\
             [upstreams.api]\norigin = \"https://api.example\"\n\
             [[routes]]\nmatch = \"/account/*\"\nupstream = \"web\"\nprivate = true\n\
             [[routes]]\nmatch = \"/api/*\"\nupstream = \"api\"\n\
             [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n{rules}"
        );
        let site = parse("test", &text).unwrap_or_else(|error| panic!("{error}"));
        let now = Timestamp::from_millis(1_700_000_000_000);
        let budget = snapshots_budget(&site, &WatchRules::default());
        Self {
            site,
            ledger: Ledger::load(budget, None, now),
            keeper: Keeper::default(),
            answers: BTreeMap::new(),
            is_dead: false,
            bucket: BTreeMap::new(),
            requests: Vec::new(),
            now,
        }
    }

    pub(crate) fn put(&mut self, path: &str, answer: Answer) {
        self.answers.insert(path.into(), answer);
    }

    pub(crate) fn pass(&mut self, span: &str) {
        self.now = self.now + Millis::parse(span).expect("a span");
    }

    /// Runs one round. Jobs finish in the order in which they started, as late as they may.
    pub(crate) fn round(&mut self) -> RoundTally {
        assert!(
            self.keeper.begin_round(&self.site, &mut self.ledger, self.now),
            "a round is under way"
        );
        let mut flying = VecDeque::new();
        loop {
            match self.keeper.next_job(&self.site, self.now) {
                NextJob::Job(job) => flying.push_back(job),
                NextJob::Wait => {
                    let job = flying.pop_front().expect("nothing to wait for");
                    self.work(&job);
                }
                NextJob::Done => break,
            }
        }
        assert!(flying.is_empty());
        self.sweep();
        self.keeper.tally().expect("a round was made")
    }

    /// Runs `count` rounds, one minute apart.
    pub(crate) fn rounds(&mut self, count: usize) {
        for _ in 0..count {
            self.round();
            self.pass("60s");
        }
    }

    /// Fetches the page of a job, stores it, and finishes the job.
    pub(crate) fn work(&mut self, job: &Job) {
        let ended = self.fetch(job);
        self.keeper.finish(&self.site, job, ended, self.now);
    }

    pub(crate) fn fetch(&mut self, job: &Job) -> JobEnd {
        self.requests.push(job.path.clone());
        if self.is_dead {
            return JobEnd::Refused(Why::Unreachable);
        }
        let missing = Answer { status: 404, ..page("not found") };
        let answer = self.answers.get(&job.path).cloned().unwrap_or(missing);
        let is_unchanged = answer.etag.is_some() && job.if_none_match == answer.etag;
        let fetched = Fetched {
            status: if is_unchanged { 304 } else { answer.status },
            content_type: Some(answer.content_type),
            cache_control: Some(answer.cache_control),
            etag: answer.etag.as_deref(),
            body: if is_unchanged { b"" } else { answer.body.as_bytes() },
            ..Fetched::default()
        };
        match self.keeper.read(&self.site, job, &fetched, self.now) {
            Judged::Over(ended) => ended,
            Judged::Good(good, assets) => {
                let fields = vec![("content-type".into(), answer.content_type.into())];
                let head = Head { made: self.now, fields };
                let hash = hash(&answer.body);
                if self.keeper.stores(job, hash, &head) {
                    let object =
                        Object { head: head.to_text().expect("it is short"), body: answer.body };
                    self.bucket.insert(key::object(&job.path), object);
                }
                JobEnd::Kept { good, assets, hash, fields: head.fingerprint() }
            }
        }
    }

    /// Deletes the objects that are to be deleted.
    pub(crate) fn sweep(&mut self) {
        let paths = self.keeper.deletions().to_vec();
        for path in &paths {
            self.bucket.remove(&key::object(path));
        }
        self.keeper.handle_deleted(&paths);
    }

    /// Returns the body that a visitor to a new isolate gets, and its age in seconds.
    pub(crate) fn visit(&mut self, path_and_query: &str) -> Option<(String, u64)> {
        self.visit_with(path_and_query, &[])
    }

    pub(crate) fn visit_with(
        &mut self,
        path_and_query: &str,
        fields: &[&str],
    ) -> Option<(String, u64)> {
        let manifest =
            Manifest::parse(&self.keeper.manifest(self.now).to_text().expect("it can be written"))
                .expect("it reads back");
        let mut shelf = ManifestCache::default();
        assert!(shelf.is_due(self.now));
        shelf.put(Some(manifest), self.now);
        let has = |field: &str| fields.contains(&field);
        let found = shelf.find(&self.site.snapshots, path_and_query, has, self.now)?;
        let object = self.bucket.get(&key::object(found.path))?;
        let head = Head::parse(&object.head).expect("it reads back");
        // The object may be newer than the manifest.
        let age = self.now.since(found.held.checked.max(head.made));
        Some((object.body.clone(), age.get() / 1000))
    }

    /// Returns the paths that are stored, in their order.
    pub(crate) fn kept(&self) -> Vec<&str> {
        let entries = self.keeper.known().entries();
        entries.filter(|entry| entry.held.is_some()).map(|entry| entry.path.as_str()).collect()
    }

    /// Returns why a path was last refused, and how many times in a row.
    pub(crate) fn refusal(&self, path: &str) -> Option<(Why, u32)> {
        let refused = self.keeper.known().entry(path)?.refused.as_ref()?;
        Some((refused.why.clone(), refused.times))
    }
}

/// Returns a hash that replaces SHA-256, which the platform would compute.
pub(crate) fn hash(body: &str) -> Hash {
    let mut digest = [0; 32];
    for (place, byte) in body.bytes().enumerate() {
        digest[place % 16] ^= byte.rotate_left(place as u32 % 7);
    }
    digest[0] = digest[0].wrapping_add(body.len() as u8);
    Hash::of_digest(&digest).expect("32 bytes")
}
