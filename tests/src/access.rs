//! Cloudflare Access, as far as a Worker sees it: the keys of a team, and the tokens in requests.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use breakwater_testing::{Reply, Scripted};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::path_in;

/// The team that `tests/site.toml` names.
const TEAM: &str = "shop";
/// The audience that it names.
const AUDIENCE: &str = "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2";
/// Where a team shows its keys.
const KEYS_PATH: &str = "/cdn-cgi/access/certs";

/// A team with its keys, and tokens that are made with them or are not.
#[derive(Debug)]
pub struct AccessTeam {
    /// Shows the keys.
    pub server: Scripted,
    /// The tokens by what they are: those of `tests/access/tokens.mjs`.
    pub tokens: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Made {
    keys: Value,
    tokens: BTreeMap<String, String>,
}

impl AccessTeam {
    /// Makes keys and tokens, and shows the keys.
    pub async fn start() -> Result<Self> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        let options = json!({ "team": TEAM, "audience": AUDIENCE, "now": now });
        let output = Command::new(path_in("BREAKWATER_NODE")?)
            .arg(path_in("BREAKWATER_ROOT")?.join("tests/access/tokens.mjs"))
            .arg(options.to_string())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "no tokens were made: {said}");
        let Made { keys, tokens } =
            serde_json::from_slice(&output.stdout).with_context(|| format!("it said: {said}"))?;
        let keys = keys.to_string();
        let server = Scripted::start(move |seen| match seen.path.as_str() {
            KEYS_PATH => Reply::json(200, keys.clone()),
            _ => Reply::status(404, &[], ""),
        })
        .await?;
        Ok(Self { server, tokens })
    }

    /// The token of this name.
    ///
    /// # Panics
    /// If there is none.
    pub fn token(&self, name: &str) -> &str {
        self.tokens.get(name).map_or_else(|| panic!("no token `{name}`"), String::as_str)
    }

    /// How often the keys were asked for.
    pub fn asked(&self) -> usize {
        self.server.seen(KEYS_PATH).len()
    }
}
