//! The second place of the public status: what is read of it, and what is refused.

use breakwater_core::site::config::parse_file;
use breakwater_core::site::config::{Mirror, MirrorTarget};

use super::{VALID, check_below, millis};

const STORAGE: &str = "url = \"https://s3.example/bucket/status/\", access_key = \"MIRROR_ID\", \
                       secret_key = \"MIRROR_KEY\"";

fn mirror(keys: &str) -> Mirror {
    let text = format!("{VALID}[status]\nmirror = {{ {keys} }}\n");
    let file = parse_file("breakwater.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    file.watch.status.mirror.expect("a mirror")
}

/// Checks that a mirror with these keys is refused. The place is a column of its line.
#[track_caller]
fn check(keys: &str, expected: &str) {
    check_below(&format!("[status]\nmirror = {{ {keys} }}\n"), &format!("2:{expected}"));
}

#[test]
fn a_mirror_is_storage_or_a_bucket_or_both() {
    let names = |keys| mirror(keys).targets().map(MirrorTarget::name).collect::<Vec<_>>();
    assert_eq!(names(STORAGE), ["storage"]);
    assert_eq!(names("bucket = \"STATUS_MIRROR\""), ["bucket"]);
    assert_eq!(names(&format!("{STORAGE}, bucket = \"STATUS_MIRROR\"")), ["storage", "bucket"]);
    check("every = \"1m\"", "10: status.mirror: missing key, expected one of `url`, `bucket`");
}

#[test]
fn what_is_not_said_of_a_mirror_has_a_default() {
    let read = mirror(STORAGE);
    let storage = read.storage.as_ref().expect("storage");
    assert_eq!((storage.region.as_str(), read.every), ("auto", millis("5m")));
    assert_eq!(storage.url, "https://s3.example/bucket/status/");
    let read = mirror(&format!("{STORAGE}, region = \"eu-central-1\", every = \"1m\""));
    let region = read.storage.map(|storage| storage.region);
    assert_eq!((region.as_deref(), read.every), (Some("eu-central-1"), millis("1m")));
}

#[test]
fn the_address_of_a_mirror_is_a_folder_that_all_services_write_alike() {
    const EXPECTED: &str = "an https:// URL with a slash at its end, whose path has only letters, \
                            digits, `.`, `_`, `~`, `-` and `/`";
    for url in ["https://s3.example/bucket", "https://s3.example/a+b/", "https://s3.example/a%20b/"]
    {
        check(
            &format!("url = \"{url}\""),
            &format!("18: status.mirror.url: `{url}` is not allowed, expected {EXPECTED}"),
        );
    }
    check(
        "url = \"http://s3.example/\"",
        "18: status.mirror.url: `http://s3.example` is not an origin, expected `https://`, since \
         `http://` is for localhost only",
    );
    check(
        "url = \"https://key:secret@s3.example/\"",
        "18: status.mirror.url: `https://…@s3.example` is not an origin, expected no user and no \
         password in it",
    );
}

#[test]
fn the_keys_of_a_mirror_are_secrets_by_name() {
    check("url = \"https://s3.example/\"", "10: status.mirror: missing key `access_key`");
    check(
        "url = \"https://s3.example/\", access_key = \"AKIA+\"",
        "54: status.mirror.access_key: `…` is not allowed, expected the name of a Worker's secret, \
         such as `SUPABASE_KEY`, never its value",
    );
    check(
        "bucket = \"A\", secret_key = \"B\"",
        "39: status.mirror.secret_key: `…` is not allowed, expected `url` beside it",
    );
}

#[test]
fn a_mirror_has_a_bucket_of_its_own_and_is_renewed_in_time() {
    check(
        "bucket = \"SNAPSHOTS\"",
        "21: status.mirror.bucket: `SNAPSHOTS` is not allowed, expected the binding of an R2 \
         bucket, such as `STATUS_MIRROR`, and another than that of the snapshots",
    );
    check(
        "bucket = \"A\", every = \"30s\"",
        "34: status.mirror.every: `30s` is out of range, expected 1m to 1h",
    );
    check(
        "bucket = \"A\", regoin = \"b\"",
        "26: status.mirror: unknown key `regoin` (did you mean `region`?), expected one of `url`, \
         `region`, `access_key`, `secret_key`, `bucket`, `every`",
    );
    let storage = format!("{STORAGE}, region = \"EU\"");
    let column = 12 + storage.find("\"EU\"").unwrap_or_default();
    check(
        &storage,
        &format!(
            "{column}: status.mirror.region: `EU` is not allowed, expected the name of a region, \
             such as `eu-central-1` or `auto`"
        ),
    );
}
