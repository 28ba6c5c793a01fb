//! The key `mirror` of `[status]`.

use alloc::string::String;

use super::table::{Table, Value};
use super::text::secret;
use crate::base::origin::{Origin, redacted};
use crate::base::secret_name::SecretName;
use crate::base::time::Millis;
use crate::site::binding::SNAPSHOTS;
use crate::site::config::{ConfigError, Problem};
use crate::site::config::{Mirror, MirrorStorage};

pub(super) const MIRROR_KEYS: &[&str] =
    &["url", "region", "access_key", "secret_key", "bucket", "every"];
/// The keys that mean nothing without a URL.
const STORAGE_KEYS: [&str; 3] = ["region", "access_key", "secret_key"];
/// The region if the file does not set `region`: R2's only one, and most other services take any.
const REGION_DEFAULT: &str = "auto";
/// The longest name of a region, in bytes.
const REGION_MAX: usize = 32;
/// How often the copy is renewed if the file does not set `every`, in milliseconds.
const EVERY_DEFAULT: Millis = Millis::from_secs(300);
/// The shortest `every`, in milliseconds: rounds come each minute.
const EVERY_MIN: Millis = Millis::from_secs(60);
/// The longest `every`, in milliseconds: an older copy misleads.
const EVERY_MAX: Millis = Millis::from_secs(3600);

/// Reads the mirror. It has a URL, a bucket, or both.
pub(super) fn mirror(value: &Value<'_>) -> Result<Mirror, ConfigError> {
    let table = value.table(MIRROR_KEYS)?;
    let url = table.optional("url", url)?;
    let storage = match url {
        Some(url) => Some(storage(&table, url)?),
        None => {
            for key in STORAGE_KEYS {
                table.optional(key, |value| -> Result<(), ConfigError> {
                    Err(value.refused("…", "`url` beside it"))
                })?;
            }
            None
        }
    };
    let bucket = table.optional("bucket", bucket)?;
    if storage.is_none() && bucket.is_none() {
        return Err(value.error(Problem::MissingOneOf(&["url", "bucket"])));
    }
    let every = table
        .optional("every", |value| value.duration_between(EVERY_MIN, EVERY_MAX))?
        .unwrap_or(EVERY_DEFAULT);
    Ok(Mirror { storage, bucket, every })
}

fn storage(table: &Table<'_>, url: String) -> Result<MirrorStorage, ConfigError> {
    Ok(MirrorStorage {
        url,
        region: table.optional("region", region)?.unwrap_or_else(|| REGION_DEFAULT.into()),
        access_key: table.required("access_key", secret)?,
        secret_key: table.required("secret_key", secret)?,
    })
}

/// Reads where the files are put. Its path is signed as it stands, so it has no character that
/// services write in different ways.
fn url(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "an https:// URL with a slash at its end, whose path has only letters, \
                            digits, `.`, `_`, `~`, `-` and `/`";
    let url = value.string()?;
    let base = url.strip_suffix('/').ok_or_else(|| value.refused(&redacted(url), EXPECTED))?;
    let origin = Origin::parse(base).map_err(|error| value.error(Problem::Origin(error)))?;
    let rest = origin.as_str().split_once("://").map_or("", |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"._~-/".contains(&b);
    if path.bytes().all(is_plain) {
        Ok(url.into())
    } else {
        Err(value.refused(&redacted(url), EXPECTED))
    }
}

fn region(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "the name of a region, such as `eu-central-1` or `auto`";
    let region = value.string()?;
    let is_region = (1..=REGION_MAX).contains(&region.len())
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if is_region { Ok(region.into()) } else { Err(value.refused(region, EXPECTED)) }
}

/// Reads the name of a binding, which has the form of a secret's.
fn bucket(value: &Value<'_>) -> Result<String, ConfigError> {
    const EXPECTED: &str = "the binding of an R2 bucket, such as `STATUS_MIRROR`, and another than \
                            that of the snapshots";
    let binding = value.string()?;
    let is_binding = SecretName::parse(binding).is_ok() && binding != SNAPSHOTS;
    if is_binding { Ok(binding.into()) } else { Err(value.refused(binding, EXPECTED)) }
}
