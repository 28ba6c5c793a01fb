//! Reads recorded answers, and plays them to a survey.

use std::fs;
use std::path::Path;

use breakwater_core::base::fields::Fields;
use breakwater_core::site::adopt::{AdoptedSite, SiteSurvey, SurveyAnswer, SurveyOptions};

/// One recorded answer.
pub(crate) struct Recorded {
    pub(crate) path: String,
    pub(crate) status: u16,
    /// The name by which the server was asked, if it was not its own.
    pub(crate) host: Option<String>,
    pub(crate) fields: String,
    pub(crate) body: String,
}

/// The recorded answers of one server.
pub(crate) fn recorded(name: &str) -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/adopt/recorded");
    let text = fs::read_to_string(folder.join(name).with_extension("txt")).expect(name);
    parse(&text)
}

/// The same of a text.
pub(crate) fn parse(text: &str) -> Vec<Recorded> {
    text.split("\n=== ").skip(1).map(answer).collect()
}

fn answer(part: &str) -> Recorded {
    let (first, rest) = part.split_once('\n').expect("fields");
    let mut words = first.split(' ');
    let path = words.next().expect("a path");
    let status = words.next().expect("a status");
    let (fields, body) = rest.split_once("\n\n").unwrap_or((rest, ""));
    Recorded {
        path: path.into(),
        status: status.parse().expect("a status"),
        host: words.next().map(String::from),
        fields: fields.into(),
        body: body.into(),
    }
}

/// Surveys the site that answers as recorded, and with 404 elsewhere.
pub(crate) fn survey(url: &str, options: SurveyOptions, answers: &[Recorded]) -> AdoptedSite {
    let mut survey = SiteSurvey::new(url, options).expect("an origin");
    let mut asked = 0;
    while let Some(request) = survey.poll_request() {
        asked += 1;
        assert!(asked < 20, "it asks for ever");
        let of_path = || answers.iter().filter(|answer| answer.path == request.path);
        let by_host = of_path().find(|answer| answer.host == request.host);
        match by_host.or_else(|| of_path().find(|answer| answer.host.is_none())) {
            Some(answer) => survey.handle_answer(SurveyAnswer {
                status: answer.status,
                fields: Fields::new(&answer.fields),
                body: answer.body.as_bytes(),
            }),
            None => survey.handle_answer(SurveyAnswer {
                status: 404,
                fields: Fields::new("content-type:text/html"),
                body: b"<title>Not found</title>",
            }),
        }
    }
    survey.finish()
}
