//! Endpoints at which jobs report.

use super::{Access, Endpoint, Member, Operation, Role, ValueForm};

const REPORTED: &[Member] = &[
    Member { name: "check", form: ValueForm::Text, required: true, about: "The check's name." },
    Member {
        name: "report",
        form: ValueForm::Text,
        required: true,
        about: "What was understood: `success`, `start` or `failure`.",
    },
];

/// What the reports of jobs have in common.
const REPORT: Endpoint = Endpoint {
    operation: Operation::ReportSuccess,
    method: "POST",
    path: "/_breakwater/heartbeats/{heartbeat}",
    access: Access::Write,
    role: Role::Heartbeat,
    about: "Takes the report that a job has succeeded. A body is not read.",
    body: &[],
    answer: REPORTED,
    errors: &[429, 502],
};

pub(super) const REPORT_SUCCESS: Endpoint = REPORT;

pub(super) const REPORT_START: Endpoint = Endpoint {
    operation: Operation::ReportStart,
    path: "/_breakwater/heartbeats/{heartbeat}/start",
    about: "Takes the report that a job has begun. It is no sign of life: the check waits for the \
            job's end as before, and if that does not come in time, the reason says when the job \
            began. A body is not read.",
    ..REPORT
};

pub(super) const REPORT_FAILURE: Endpoint = Endpoint {
    operation: Operation::ReportFailure,
    path: "/_breakwater/heartbeats/{heartbeat}/fail",
    about: "Takes the report that a job has failed. The body may be a text, whose first line, cut \
            to 200 characters, is the reason that operators see. A body over 64 KiB is not read, \
            and the failure counts without it.",
    ..REPORT
};

pub(super) const REPORT_EXIT: Endpoint = Endpoint {
    operation: Operation::ReportExit,
    path: "/_breakwater/heartbeats/{heartbeat}/{code}",
    about: "Takes the code with which a job has ended. 0 is a success, and any other number a \
            failure, whose body is read as that of `/fail` is.",
    ..REPORT
};
