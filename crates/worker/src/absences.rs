//! Pages that the upstream says are not there (any more): what is kept of them is withdrawn, so
//! that a page which was taken down does not come back in an outage.

use breakwater_core::base::fields::Fields;
use breakwater_core::cache::freshness::{CacheRequest, ResponseHead};
use breakwater_core::cache::kind::VisitorKind;
use breakwater_core::cache::mark::Absence;
use breakwater_core::cache::stored::CacheKey;
use breakwater_core::site::degrade::Target;
use breakwater_core::site::request::{self, Absent};

use crate::exchange::Exchange;
use crate::stored_responses::{self, StoredResponse};
use crate::{clock, isolate, refresh, snapshots};
use breakwater_platform::address::Address;

/// What an answer that says so is taken for, in the throttle of what is stored: a good answer after
/// it is another version, and is stored at once.
const VERSION: &str = "absent";

/// Takes note of an answer, if it says that there is nothing, behind the visitor.
pub(crate) fn note(
    visit: &Exchange,
    asked: CacheRequest<'_>,
    answered: ResponseHead<'_>,
    whom: Target,
) {
    let route = visit.target.route;
    let Some(absent) = request::absent(route.store_rules(), asked, answered, whom) else { return };
    let kind = VisitorKind::of(asked.fields, &route.unkeyed);
    let key = stored_responses::key_of(Address::of(&visit.url), kind);
    if !isolate::try_take_store(&key, VERSION, clock::now()) {
        return;
    }
    let (visit, fields) = (visit.clone(), asked.fields.as_str().to_owned());
    visit.ctx.clone().in_background(async move {
        let (address, request) = (Address::of(&visit.url), Fields::new(&fields));
        let rules = route.store_rules();
        let find = stored_responses::find_stand_in(address, kind, request, true, rules);
        let copy = find.await;
        match absent {
            Absent::ForAll(absence) if absence == Absence::Gone || copy.is_some() => {
                withdraw(&visit, &key, absence, copy.as_ref()).await;
            }
            Absent::Unsure(fields) if copy.is_some() => {
                refresh::ask_whether_absent(&visit, fields);
            }
            Absent::ForAll(_) | Absent::Unsure(_) => {}
        }
    });
}

/// Withdraws what is kept, if the answer says so clearly enough, here and in the keeper's bucket.
pub(crate) async fn withdraw(
    visit: &Exchange,
    key: &CacheKey,
    absence: Absence,
    copy: Option<&StoredResponse>,
) {
    if stored_responses::note_absence(key, absence, copy).await {
        isolate::forget_copy(key);
        snapshots::note_withdrawn(visit, Address::of(&visit.url).path_and_query);
    }
}
