//! What a survey takes and gives.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use super::framework::Framework;
use super::marks::FrameworkMark;
use crate::base::fields::Fields;
use crate::base::origin::{OriginError, redacted};

/// The most bytes of a body that a survey reads. Heads of pages, which have the marks, are shorter.
pub const SURVEYED_MAX: usize = 64 * 1024;
/// What is known of the site before it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SurveyOptions {
    /// The host that visitors ask for.
    pub host: Option<String>,
    /// The framework, where the operator knows better than the marks.
    pub framework: Option<Framework>,
}

/// What is to be fetched next, by `GET` and without following redirects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyRequest {
    /// The path with its query, below [`SiteSurvey::origin`](super::SiteSurvey::origin).
    pub path: String,
    /// The name to send as `Host`, as Breakwater would; that of the origin if there is none.
    pub host: Option<String>,
}

/// What came of a request.
#[derive(Clone, Copy, Debug)]
pub struct SurveyAnswer<'a> {
    /// The status.
    pub status: u16,
    /// All fields, with each `Set-Cookie` in a line of its own.
    pub fields: Fields<'a>,
    /// The beginning of the body, at most [`SURVEYED_MAX`] bytes, without its coding.
    pub body: &'a [u8],
}

/// A first site file, and what it is based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptedSite {
    /// The text of the file.
    pub text: String,
    /// What the site is made with, the one that makes its pages first.
    pub frameworks: Vec<Framework>,
    /// The marks that were found.
    pub marks: Vec<FrameworkMark>,
    /// What the operator should know.
    pub notes: Vec<String>,
}

/// Why a site cannot be surveyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurveyError {
    /// Breakwater could not call a server at this URL.
    Origin(OriginError),
    /// The site's host is no name.
    Host(String),
}

impl fmt::Display for SurveyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(error) => error.fmt(f),
            Self::Host(host) => {
                let host = redacted(host);
                write!(f, "`{host}` is not a host, expected a bare name such as `shop.example`")
            }
        }
    }
}

impl core::error::Error for SurveyError {}
