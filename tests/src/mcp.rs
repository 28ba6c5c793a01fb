//! A client of the MCP endpoint: an official one, which the script in `tests/mcp` runs.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::World;
use crate::world::path_in;

/// Which versions of the protocol a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum McpEra {
    /// Those that begin with a handshake.
    Handshake,
    /// Those in which each request stands alone.
    Stateless,
}

/// What a client was told that listed the tools and called some.
#[derive(Debug)]
pub struct McpSession {
    /// What the script says.
    pub told: Value,
}

impl McpEra {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Handshake, Self::Stateless];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Stateless => "stateless",
        }
    }
}

impl McpSession {
    /// Has a client with this token list the tools, and call some of them one after another, each
    /// with its arguments.
    pub fn run(world: &World, era: McpEra, token: &str, calls: &[(&str, Value)]) -> Result<Self> {
        let calls: Vec<Value> = calls
            .iter()
            .map(|(name, arguments)| json!({ "name": name, "arguments": arguments }))
            .collect();
        let options = json!({
            "packages": path_in("BREAKWATER_MCP_PACKAGES")?,
            "url": format!("{}/_breakwater/mcp", world.stack.url()),
            "token": token,
            "speaks": era.as_str(),
            "calls": calls,
        });
        let output = Command::new(path_in("BREAKWATER_NODE")?)
            .arg(path_in("BREAKWATER_ROOT")?.join("tests/mcp/client.mjs"))
            .arg(options.to_string())
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the client failed: {said}");
        let told = serde_json::from_slice(&output.stdout);
        Ok(Self { told: told.with_context(|| format!("the client said: {said}"))? })
    }

    /// The structure that this call was answered with, which fits the schema of its tool.
    #[track_caller]
    pub fn structure(&self, call: usize) -> &Value {
        let result = &self.told["results"][call];
        assert_eq!(result["isError"], false, "{}", self.told);
        &result["structure"]
    }

    /// What this call was refused with.
    #[track_caller]
    pub fn refusal(&self, call: usize) -> &str {
        let result = &self.told["results"][call];
        assert_eq!(result["isError"], true, "{}", self.told);
        result["text"].as_str().unwrap_or_default()
    }
}
