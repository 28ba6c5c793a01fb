//! The protocols in which dependencies report their health.

use serde::{Deserialize, Serialize};

use crate::watch::health;

/// What a dependency speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DependencyKind {
    /// Any web server.
    Http,
    /// A backend that tells its own health as JSON.
    BackendHealth,
    /// Supabase's PostgREST.
    SupabaseRest,
    /// Supabase Auth.
    SupabaseAuth,
    /// Supabase Storage.
    SupabaseStorage,
    /// Upstash's Redis over HTTP.
    UpstashRedis,
    /// A status page made by Statuspage.
    Statuspage,
    /// Storage that is compatible with S3, asked without a signature.
    S3,
}

/// Whether a kind is asked with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretUse {
    /// It answers nothing without one.
    Required,
    /// It may want one.
    Optional,
    /// It takes none.
    None,
}

impl DependencyKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Http,
        Self::BackendHealth,
        Self::SupabaseRest,
        Self::SupabaseAuth,
        Self::SupabaseStorage,
        Self::UpstashRedis,
        Self::Statuspage,
        Self::S3,
    ];

    /// Its name in `breakwater.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::BackendHealth => "backend_health",
            Self::SupabaseRest => "supabase_rest",
            Self::SupabaseAuth => "supabase_auth",
            Self::SupabaseStorage => "supabase_storage",
            Self::UpstashRedis => "upstash_redis",
            Self::Statuspage => "statuspage",
            Self::S3 => "s3",
        }
    }

    /// What is asked where the URL names no path. Nothing for PostgREST: its root wants a key that
    /// may do everything, and a table must be named instead.
    pub const fn default_target(self) -> Option<&'static str> {
        match self {
            Self::Http | Self::S3 => Some("/"),
            Self::BackendHealth => Some("/health"),
            Self::SupabaseRest => None,
            Self::SupabaseAuth => Some("/auth/v1/health"),
            Self::SupabaseStorage => Some("/storage/v1/health"),
            Self::UpstashRedis => Some("/ping"),
            Self::Statuspage => Some("/api/v2/status.json"),
        }
    }

    /// Whether it is asked with a secret.
    pub const fn secret_use(self) -> SecretUse {
        match self {
            Self::SupabaseRest | Self::SupabaseAuth | Self::SupabaseStorage => SecretUse::Required,
            Self::UpstashRedis => SecretUse::Required,
            Self::Http | Self::BackendHealth => SecretUse::Optional,
            Self::Statuspage | Self::S3 => SecretUse::None,
        }
    }

    /// What such a dependency is, in the words of health.
    pub(super) const fn component_kind(self) -> health::ComponentKind {
        match self {
            Self::Http | Self::BackendHealth | Self::SupabaseAuth | Self::Statuspage => {
                health::ComponentKind::Component
            }
            Self::SupabaseRest | Self::SupabaseStorage | Self::UpstashRedis | Self::S3 => {
                health::ComponentKind::Datastore
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_name_is_the_name_in_the_file() {
        for kind in DependencyKind::ALL {
            let stored = serde_json::to_value(kind).unwrap();
            assert_eq!(stored, kind.as_str());
            assert_eq!(serde_json::from_value::<DependencyKind>(stored).unwrap(), kind);
        }
    }
}
