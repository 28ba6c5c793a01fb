//! `wrangler.toml` against what the Worker needs.

use serde_json::Value;

use super::Finding;

/// Everything that can be said without asking anybody.
pub(crate) fn check(needs: &Value, config: &Value) -> Vec<Finding> {
    [objects, buckets, email, crons, flags, secrets_in_the_open, host]
        .iter()
        .flat_map(|check| check(needs, config))
        .collect()
}

fn objects(needs: &Value, config: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    let bound = list(&config["durable_objects"]["bindings"]);
    for object in list(&needs["objects"]) {
        let (binding, class) = (text(&object[0]), text(&object[1]));
        let is_bound =
            bound.iter().any(|one| one["name"] == *binding && one["class_name"] == *class);
        found.push(if !is_bound {
            Finding::wrong(format!(
                "no Durable Object is bound: add `[[durable_objects.bindings]]` with name = \
                 \"{binding}\" and class_name = \"{class}\""
            ))
        } else if !is_created_with_sqlite(&config["exports"][class]) {
            Finding::wrong(format!(
                "`{class}` has no storage of its own: set `[exports.{class}]` to type = \
                 \"durable-object\" and storage = \"sqlite\", and to nothing else"
            ))
        } else {
            Finding::fine(format!("Durable Object {binding}, class {class}"))
        });
    }
    for one in bound {
        let name = text(&one["name"]);
        if !list(&needs["objects"]).iter().any(|object| object[0] == *name) {
            found.push(Finding::note(format!("the binding {name} is not used by the Worker")));
        }
    }
    found
}

/// Whether the platform creates this class, or keeps it, as the Worker takes it.
fn is_created_with_sqlite(export: &Value) -> bool {
    let state = &export["state"];
    export["type"] == "durable-object"
        && export["storage"] == "sqlite"
        && (state.is_null() || state == "created")
}

fn buckets(needs: &Value, config: &Value) -> Vec<Finding> {
    let bound = list(&config["r2_buckets"]);
    let needed = list(&needs["buckets"]);
    let optional = list(&needs["optional_buckets"]);
    let mut found = Vec::new();
    for binding in needed.iter().map(text) {
        let bucket = bound.iter().find(|one| one["binding"] == *binding);
        found.push(match bucket {
            Some(bucket) => {
                Finding::fine(format!("bucket {} as {binding}", text(&bucket["bucket_name"])))
            }
            None => Finding::wrong(format!(
                "no bucket is bound: add `[[r2_buckets]]` with binding = \"{binding}\" and a \
                 bucket_name"
            )),
        });
    }
    for one in bound.iter().filter(|one| !needed.contains(&one["binding"])) {
        let (bucket, binding) = (text(&one["bucket_name"]), text(&one["binding"]));
        found.push(if optional.contains(&one["binding"]) {
            Finding::fine(format!("bucket {bucket} as {binding}, for a copy of the public status"))
        } else {
            Finding::note(format!(
                "the bucket {bucket} as {binding} is not needed: the site keeps nothing in it"
            ))
        });
    }
    for binding in optional {
        if !bound.iter().any(|one| one["binding"] == *binding) {
            found.push(Finding::note(format!(
                "no bucket keeps a copy of the public status: to have one, add `[[r2_buckets]]` \
                 with binding = \"{}\" and a bucket_name",
                text(binding)
            )));
        }
    }
    found
}

fn email(needs: &Value, config: &Value) -> Vec<Finding> {
    let bound = list(&config["send_email"]);
    let needed = list(&needs["email"]);
    let mut found = Vec::new();
    for one in needed {
        let binding = text(&one["binding"]);
        let Some(bound) = bound.iter().find(|it| it["name"] == *binding) else {
            found.push(Finding::wrong(format!(
                "no e-mail can be sent: add `[[send_email]]` with name = \"{binding}\""
            )));
            continue;
        };
        let refused =
            [("from", "allowed_sender_addresses"), ("to", "allowed_destination_addresses")]
                .into_iter()
                .flat_map(|(which, key)| {
                    let listed = &bound[key];
                    let allows =
                        |address: &&str| listed.is_null() || texts(listed).contains(address);
                    let refused = texts(&one[which]).into_iter().filter(move |it| !allows(it));
                    refused.map(move |address| format!("{which} {address}: add it to `{key}`"))
                });
        let one_only = &bound["destination_address"];
        let others = texts(&one["to"]).into_iter().filter(|to| one_only != to);
        let others = others.filter(|_| !one_only.is_null());
        let others = others.map(|to| format!("to {to}: remove `destination_address`"));
        let restricted = ["destination_address", "allowed_destination_addresses"];
        let restricted = restricted.into_iter().filter(|key| !bound[*key].is_null());
        let restricted = restricted.filter(|_| one["to_anyone"] == true);
        let restricted = restricted.map(|key| format!("to subscribers: remove `{key}`"));
        let refused: Vec<String> = refused.chain(others).chain(restricted).collect();
        if refused.is_empty() {
            found.push(Finding::fine(format!("e-mail by {binding}")));
        }
        let wrong =
            |it: String| Finding::wrong(format!("the binding {binding} does not send {it}"));
        found.extend(refused.into_iter().map(wrong));
    }
    for one in bound.iter().filter(|one| !needed.iter().any(|it| it["binding"] == one["name"])) {
        let name = text(&one["name"]);
        found.push(Finding::note(format!(
            "the binding {name} is not needed: the site has no channel that sends e-mail by it"
        )));
    }
    found
}

fn crons(needs: &Value, config: &Value) -> Vec<Finding> {
    each_is_set(&needs["crons"], &config["triggers"]["crons"], |cron, is_set| {
        if is_set {
            Finding::fine(format!("cron `{cron}`"))
        } else {
            Finding::wrong(format!("nothing wakes the Worker: `crons` lacks \"{cron}\""))
        }
    })
}

fn flags(needs: &Value, config: &Value) -> Vec<Finding> {
    each_is_set(&needs["flags"], &config["compatibility_flags"], |flag, is_set| {
        if is_set {
            Finding::fine(format!("compatibility flag {flag}"))
        } else {
            Finding::wrong(format!("`compatibility_flags` lacks \"{flag}\""))
        }
    })
}

/// What is found of each text that is needed, by whether it is among those that are set.
fn each_is_set(needed: &Value, set: &Value, found: impl Fn(&str, bool) -> Finding) -> Vec<Finding> {
    let set = texts(set);
    list(needed).iter().map(text).map(|needed| found(needed, set.contains(&needed))).collect()
}

/// Finds secrets that stand in `[vars]`, which every reader of the repository can see.
fn secrets_in_the_open(needs: &Value, config: &Value) -> Vec<Finding> {
    let needed = list(&needs["secrets"]);
    let names = needed.iter().map(|secret| text(&secret["name"]));
    let open = names.filter(|name| !config["vars"][*name].is_null());
    open.map(|name| {
        Finding::wrong(format!(
            "{name} stands in `[vars]` for all to read: remove it, choose another, and set that \
             with `wrangler secret put {name}`"
        ))
    })
    .collect()
}

/// Whether visitors reach the Worker, and on a host where the Cache API works.
fn host(needs: &Value, config: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    let uses = texts(&needs["cache"]).join("; ");
    let is_on_workers_dev = config["workers_dev"] == true;
    if is_on_workers_dev {
        found.push(Finding::wrong(format!(
            "`workers_dev = true`: the Cache API does nothing on workers.dev, and it is used for \
             {uses}. Set it to false and use a route of a zone"
        )));
    }
    let routes = routes(config);
    let hosts = [&needs["host"], &needs["status_host"]];
    let hosts: Vec<&str> = hosts.iter().filter_map(|host| host.as_str()).collect();
    for route in &routes {
        let host = route.split('/').next().unwrap_or_default();
        found.push(if host.ends_with(".workers.dev") {
            Finding::wrong(format!(
                "the route {route} is on workers.dev, where the Cache API does nothing"
            ))
        } else if hosts.iter().any(|known| covers(host, known)) {
            Finding::fine(format!("route {route}: a zone of yours, so the Cache API works there"))
        } else {
            Finding::note(format!(
                "the route {route} is for none of the site's hosts: {}",
                hosts.join(", ")
            ))
        });
    }
    if routes.is_empty() && !is_on_workers_dev {
        found.push(Finding::note(
            "there is no route: the Worker would be deployed, and no visitor would meet it yet \
             (`routes` in wrangler.toml)",
        ));
    }
    for host in hosts {
        let reaches = |route: &&String| covers(route.split('/').next().unwrap_or_default(), host);
        if !routes.is_empty() && !routes.iter().any(|route| reaches(&route)) {
            found.push(Finding::note(format!("no route leads {host} to the Worker")));
        }
    }
    found
}

/// Patterns, without scheme.
fn routes(config: &Value) -> Vec<String> {
    let one = &config["route"];
    let all = list(&config["routes"]).iter().chain((!one.is_null()).then_some(one));
    let pattern =
        |route: &Value| text(if route.is_object() { &route["pattern"] } else { route }).to_owned();
    all.map(pattern)
        .map(|pattern| pattern.split("://").last().unwrap_or_default().to_owned())
        .collect()
}

/// Whether a route's host takes this one: `*.a` and `*a` as Cloudflare reads them.
fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(rest) => host.ends_with(rest),
        None => pattern == host,
    }
}

/// The secrets that the account must have, each with its purpose. Only the account can say whether
/// they are set.
pub(crate) fn secret_names(needs: &Value) -> Vec<(&str, &str)> {
    let secrets = list(&needs["secrets"]);
    secrets.iter().map(|secret| (text(&secret["name"]), text(&secret["purpose"]))).collect()
}

/// The buckets that are bound and used.
pub(crate) fn bucket_names<'a>(needs: &Value, config: &'a Value) -> Vec<&'a str> {
    let bound = list(&config["r2_buckets"]).iter();
    let [needed, optional] = [&needs["buckets"], &needs["optional_buckets"]].map(list);
    bound
        .filter(|one| needed.contains(&one["binding"]) || optional.contains(&one["binding"]))
        .map(|one| text(&one["bucket_name"]))
        .collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().map(text).collect()
}

#[cfg(test)]
mod tests;
