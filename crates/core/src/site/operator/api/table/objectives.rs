//! The endpoint of objectives.

use super::{Access, Endpoint, Member, Operation, Rank, Role, ValueForm};

pub(super) const SHOW_OBJECTIVES: Endpoint = Endpoint {
    operation: Operation::ShowObjectives,
    method: "GET",
    path: "/_breakwater/objectives",
    access: Access::Read,
    role: Role::Operator(Rank::Viewer),
    about: "Shows the objectives: what is left of their error budgets, how fast these burn, and \
            which alerts fire.",
    body: &[],
    answer: &[Member {
        name: "objectives",
        form: ValueForm::List,
        required: true,
        about: "Each objective: `name`, `subject`, `kind`, `target`, `window`, what was `good` and \
                `bad` in it, the share `good_ppm`, `budget_left_ppm` (negative if overspent), \
                `burn_rates` (at a million the budget lasts just for its window), `rules` (whether \
                both windows exceed `burn_rate_ppm`: `holds`), `budget_ends_at` (a forecast; none \
                if it lasts), and the alerts that are `firing`.",
    }],
    errors: &[502],
};
