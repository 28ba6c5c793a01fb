//! What subscribers and operators do, as the shell hands it to the host.

use std::collections::BTreeMap;

use breakwater_core::base::stored::StoredForm as _;
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::monitoring::ConfirmStep;
use breakwater_core::site::status::notice::{ChallengeAnswer, NoticeContent, Recipient};
use breakwater_core::site::status::subscribe::{
    ConfirmReply, SubscribeAsk, SubscribeReply, SubscriptionView, WebhookAsked,
};
use breakwater_core::watch::incident::{IncidentChange, IncidentOpening};
use breakwater_core::watch::monitor::CheckResult;
use breakwater_core::watch::severity::Severity;
use breakwater_core::watch::subscription::{
    ConfirmToken, Contact, Entropy, KEY_BYTES, Subscriber, SubscriberAddress, SubscriberCounts,
    SubscriberId, SubscriptionKey, WebhookUrl,
};

use crate::shell::Shell;

/// A message as a subscriber got it.
#[derive(Clone, Debug)]
pub(crate) struct Noticed {
    pub(crate) at: Timestamp,
    pub(crate) to: Recipient,
    pub(crate) content: NoticeContent,
}

/// A site with two components and subscriptions by both ways. Its checks are rare, so that a day is
/// over soon.
pub(crate) const SUBSCRIBED: &str = "
[[checks]]
name = \"frontend\"
url = \"https://shop.example/\"
every = \"10m\"
[[checks]]
name = \"api\"
url = \"https://shop.example/api\"
every = \"10m\"
[status]
subscriptions = { email_from = \"status@shop.example\", webhooks = true }
";

pub(crate) const MINUTE: Millis = Millis::from_secs(60);
pub(crate) const HOUR: Millis = Millis::from_secs(3600);
pub(crate) const DAY: Millis = Millis::from_secs(24 * 3600);

pub(crate) type Finds = Box<dyn Fn(&str, &str, Timestamp) -> Option<CheckResult>>;
pub(crate) type Takes = fn(u32, Timestamp) -> bool;
pub(crate) type SubscribedShell = Shell<Finds, Takes>;

/// A site on which all is well.
pub(crate) fn well(seed: u64) -> SubscribedShell {
    well_with(SUBSCRIBED, seed)
}

pub(crate) fn well_with(file: &str, seed: u64) -> SubscribedShell {
    let finds: Finds = Box::new(|_, _, _| Some(CheckResult::Up));
    let mut shell = Shell::new(file, seed, finds, (|_, _| true) as Takes);
    let begin = shell.now;
    shell.run_until(begin + Millis::from_secs(1));
    shell
}

pub(crate) fn run(shell: &mut SubscribedShell, span: Millis) {
    let end = shell.now + span;
    shell.run_until(end);
}

pub(crate) fn email(address: &str) -> Contact {
    Contact::Email(SubscriberAddress::parse(address).expect("an address"))
}

pub(crate) fn webhook(url: &str) -> Contact {
    Contact::Webhook(WebhookUrl::parse(url, false).expect("a URL"))
}

impl<F, T> Shell<F, T>
where
    F: Fn(&str, &str, Timestamp) -> Option<CheckResult>,
    T: Fn(u32, Timestamp) -> bool,
{
    fn entropy(&mut self) -> Entropy {
        let mut bytes = [0; KEY_BYTES];
        for byte in &mut bytes {
            *byte = (self.draw() >> 24) as u8;
        }
        Entropy(bytes)
    }

    pub(crate) fn stored(&self, id: &SubscriberId) -> Option<String> {
        self.storage.subscribers.get(id.as_str()).cloned()
    }

    /// Someone at this IP address asks for a contact.
    pub(crate) fn ask_from(
        &mut self,
        client: &str,
        contact: Contact,
        components: &[&str],
    ) -> SubscribeReply {
        let (entropy, random, now) = (self.entropy(), self.draw(), self.now);
        let rules = self.rules.clone();
        let known = self.host().subscriber_at(&contact).and_then(|id| self.stored(&id));
        let components = components.iter().map(|it| (*it).to_owned()).collect();
        let ask = SubscribeAsk { contact, components, locale: "en".into(), client: client.into() };
        let draws = (entropy, random);
        let reply = self.host().handle_subscribe(&rules, ask, known.as_deref(), draws, now);
        self.carry_out(&rules);
        reply
    }

    /// Someone asks for a contact, from an IP address of its own.
    pub(crate) fn ask(&mut self, contact: Contact, components: &[&str]) -> SubscribeReply {
        let number = self.draw();
        let client = format!("10.{}.{}.{}", number >> 24, (number >> 16) & 255, number & 255);
        self.ask_from(&client, contact, components)
    }

    pub(crate) fn ask_webhook(&mut self, url: &str) -> WebhookAsked {
        let reply = self.ask(webhook(url), &[]);
        let SubscribeReply::Webhook(asked) = reply else { panic!("{reply:?}") };
        asked
    }

    pub(crate) fn begin_confirm(&mut self, token: &str) -> ConfirmStep {
        let (rules, random, now) = (self.rules.clone(), self.draw(), self.now);
        let known = ConfirmToken::read(token).and_then(|token| self.stored(&token.id));
        let step = self.host().handle_confirm(&rules, token, known.as_deref(), random, now);
        self.carry_out(&rules);
        step
    }

    pub(crate) fn confirm(&mut self, token: &str) -> ConfirmReply {
        match self.begin_confirm(token) {
            ConfirmStep::Done(reply) => reply,
            ConfirmStep::Challenge(challenge) => panic!("{challenge:?}"),
        }
    }

    /// The tokens that confirm addresses, of all e-mails that were sent.
    pub(crate) fn confirm_tokens(&self) -> Vec<String> {
        let asked = self.noticed.iter().filter(|it| it.content == NoticeContent::Asked);
        let tokens = asked.filter_map(|it| it.to.confirm.as_ref());
        tokens.map(|token| token.as_str().to_owned()).collect()
    }

    /// An address is subscribed and confirmed, and its messages are forgotten.
    pub(crate) fn subscribe(&mut self, address: &str, components: &[&str]) -> SubscriptionView {
        assert_eq!(self.ask(email(address), components), SubscribeReply::Asked);
        let soon = self.now + Millis::from_secs(2);
        self.run_until(soon);
        let token = self.confirm_tokens().pop().expect("an e-mail");
        self.noticed.clear();
        let reply = self.confirm(&token);
        let ConfirmReply::Confirmed(view) = reply else { panic!("{reply:?}") };
        view
    }

    /// This many have subscribed before. The book is begun again, which counts them.
    pub(crate) fn fill(&mut self, number: u32) {
        let key = self.storage.subscription_key.as_deref().expect("a key");
        let key = SubscriptionKey::from_stored(key).expect("a key");
        for number in 0..number {
            let contact = email(&format!("filled{number}@a.example"));
            let id = key.id_of(&contact, Entropy([0; KEY_BYTES]));
            let wish = (Vec::new(), "en".to_owned());
            let mut subscriber = Subscriber::asked(id, contact, String::new(), wish, self.now);
            assert!(subscriber.confirm(self.now));
            let id = subscriber.id().as_str().to_owned();
            self.storage.subscribers.insert(id, subscriber.to_stored());
        }
        self.is_damaged = true;
        self.storage.subscriptions = Some(String::new());
        self.kill();
    }

    pub(crate) fn unsubscribe(&mut self, id: &SubscriberId, token: &str) -> bool {
        let (rules, random, now) = (self.rules.clone(), self.draw(), self.now);
        let known = self.stored(id);
        let link = (id, token);
        let done = self.host().handle_unsubscribe(&rules, link, known.as_deref(), random, now);
        self.carry_out(&rules);
        done
    }

    /// An operator has all that is stored of a subscriber deleted.
    pub(crate) fn forget(&mut self, id: &SubscriberId) -> bool {
        let (rules, random, now) = (self.rules.clone(), self.draw(), self.now);
        let known = self.stored(id);
        let was_there = self.host().handle_forget(&rules, id, known.as_deref(), random, now);
        self.carry_out(&rules);
        was_there
    }

    /// An operator opens an incident. Returns its id.
    pub(crate) fn open(&mut self, component: &str, notify: bool) -> String {
        use breakwater_core::watch::incident::{ComponentImpact, Impact};
        let components = match component {
            "" => Vec::new(),
            name => vec![ComponentImpact { name: name.into(), impact: Impact::PartialOutage }],
        };
        let opening = IncidentOpening {
            title: "Slow pages".into(),
            severity: Severity::P2,
            components,
            text: "We are looking into it.".into(),
            since: None,
            resolved_at: None,
            notify,
        };
        let (rules, random, now) = (self.rules.clone(), self.draw(), self.now);
        let id = self.host().handle_opening(&rules, &opening, "ana", random, now);
        self.carry_out(&rules);
        id
    }

    pub(crate) fn update(&mut self, id: &str, notify: bool) {
        let change = IncidentChange::Update {
            state: None,
            severity: None,
            title: None,
            text: "We found it.".into(),
            components: Vec::new(),
            at: None,
            notify,
        };
        let (rules, random, now) = (self.rules.clone(), self.draw(), self.now);
        let done = self.host().handle_change(&rules, id, &change, "ana", random, now);
        assert_eq!(done, Some(Ok(())));
        self.carry_out(&rules);
    }

    /// How often each subscriber got each message.
    pub(crate) fn told(&self) -> BTreeMap<(String, String), u32> {
        let mut told = BTreeMap::new();
        for it in self.noticed.iter().filter(|it| it.content != NoticeContent::Asked) {
            let id = it.to.subscriber.id().as_str().to_owned();
            *told.entry((it.to.message.clone(), id)).or_default() += 1;
        }
        told
    }

    /// What the book says there is, and what there is.
    pub(crate) fn check_counts(&mut self) {
        let mut counts = SubscriberCounts::default();
        for json in self.storage.subscribers.values() {
            counts.add(&Subscriber::from_stored(json).expect("a subscriber"));
        }
        assert_eq!(self.host().subscriber_book().counts, counts);
    }
}

/// Answers a challenge as a receiver does that reads its body.
pub(crate) fn answered(
    shell: &mut SubscribedShell,
    token: &str,
    status: u16,
    repeats: bool,
) -> ConfirmReply {
    let ConfirmStep::Challenge(challenge) = shell.begin_confirm(token) else {
        panic!("no challenge");
    };
    let body: serde_json::Value = serde_json::from_str(&challenge.request.body).expect("JSON");
    assert_eq!(body["type"], "subscription.confirm");
    let repeated = serde_json::json!({ "challenge": body["data"]["challenge"] }).to_string();
    let body = if repeats { repeated.as_bytes() } else { b"{\"ok\": true}" };
    let answer = Some(ChallengeAnswer { status, body });
    let known = shell.stored(&challenge.id);
    let (rules, now, of) = (shell.rules.clone(), shell.now, (&challenge.id, challenge.attempt));
    let reply = shell.host().handle_challenged(&rules, of, answer, known.as_deref(), 0, now);
    shell.carry_out(&rules);
    reply
}

pub(crate) fn confirmed_webhook(shell: &mut SubscribedShell) {
    let asked = shell.ask_webhook("https://hooks.example/status");
    let reply = answered(shell, asked.confirm.as_str(), 200, true);
    assert!(matches!(reply, ConfirmReply::Confirmed(_)));
}
