//! The state of which nothing is known, for when no one can be asked.

use alloc::vec::Vec;

use super::view::STATUS_STALE_AFTER;
use super::{ComponentState, PublicComponent, PublicStatus};
use crate::base::time::Timestamp;
use crate::watch::component::{ComponentSource, PublishedComponent};

impl PublicStatus {
    /// The components of the site file, none of which was measured. It is what the bundle itself
    /// can tell while the monitor, the colo's cache and the bucket are out of reach.
    pub fn unmeasured(components: &[PublishedComponent], now: Timestamp) -> Self {
        let components = components.iter().map(unmeasured).collect();
        Self { at: now, components, ..Self::default() }
    }
}

fn unmeasured(component: &PublishedComponent) -> PublicComponent {
    PublicComponent {
        name: component.name.clone(),
        title: component.title.clone(),
        description: component.description.clone(),
        group: component.group.clone(),
        is_third_party: matches!(component.source, ComponentSource::Dependency(_)),
        only_if_degraded: component.only_if_degraded,
        state: ComponentState::Unknown,
        since: None,
        measured_at: None,
        stale_after: STATUS_STALE_AFTER,
        days: Vec::new(),
        hours: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::*;
    use crate::watch::incident::Impact;

    #[test]
    fn nothing_is_said_to_be_well_that_was_not_measured() {
        let component = |name: &str, source| PublishedComponent {
            name: name.into(),
            title: name.to_uppercase(),
            description: None,
            group: Some("Shop".into()),
            source,
            impact: Impact::MajorOutage,
            only_if_degraded: false,
            response_times: true,
        };
        let web = component("web", ComponentSource::Checks(vec!["frontend".into()]));
        let pay = component("pay", ComponentSource::Dependency("stripe".into()));
        let now = Timestamp::from_millis(1_800_000_000_000);
        let status = PublicStatus::unmeasured(&[web, pay], now);
        let view = status.at(now);
        assert_eq!(view.worst(), ComponentState::Unknown);
        let states: Vec<_> = view.components().iter().map(|it| it.state).collect();
        assert_eq!(states, [ComponentState::Unknown; 2]);
        assert_eq!(view.components()[0].component.group, Some(String::from("Shop")));
        assert!(status.components[1].is_third_party && !status.components[0].is_third_party);
        assert_eq!(view.components()[0].uptime_ppm(), None);
    }
}
