//! The OpenAPI 3.1 document.

use breakwater_core::site::operator::{
    API, Access, Endpoint, Member, Placeholder, REASON_MAX, Role, ValueForm,
};
use serde_json::{Map, Value, json};

use crate::markdown::meaning;

pub(crate) fn document() -> String {
    let mut paths = Map::new();
    for endpoint in API {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method.to_lowercase()] = operation(&endpoint, "");
        if endpoint.methods().any(|method| method == "GET") && endpoint.method != "GET" {
            item["get"] = operation(&endpoint, "_by_get");
        }
        let named = Placeholder::ALL.into_iter().filter(|it| endpoint.path.contains(&segment(*it)));
        let named: Vec<Value> = named.map(parameter).collect();
        if !named.is_empty() {
            item["parameters"] = named.into();
        }
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Breakwater operators' API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Made by `cargo xtask reference`.",
        },
        "paths": paths,
        "security": [{ "token": [] }],
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The operators' token.",
                },
                "heartbeat": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of one check whose job reports by itself.",
                },
            },
            "schemas": { "Problem": problem() },
            "responses": {
                "Problem": {
                    "description": "The request was not followed.",
                    "content": { "application/problem+json": {
                        "schema": { "$ref": "#/components/schemas/Problem" },
                    } },
                },
            },
        },
    });
    serde_json::to_string_pretty(&document).expect("the document is JSON") + "\n"
}

fn segment(place: Placeholder) -> String {
    format!("{{{}}}", place.as_str())
}

fn parameter(place: Placeholder) -> Value {
    let schema = match place {
        Placeholder::Code => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Placeholder::Upstream
        | Placeholder::Check
        | Placeholder::Heartbeat
        | Placeholder::Incident => json!({ "type": "string" }),
    };
    json!({
        "name": place.as_str(),
        "in": "path",
        "required": true,
        "description": place.about(),
        "schema": schema,
    })
}

/// `suffix` tells the methods of one operation apart.
fn operation(endpoint: &Endpoint, suffix: &str) -> Value {
    let mut responses = Map::new();
    let schema = object(endpoint.answer);
    responses.insert(
        "200".into(),
        json!({
            "description": "It was done, or is shown.",
            "content": { "application/json": { "schema": schema } },
        }),
    );
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
            } },
        })
    };
    responses.insert("401".into(), problem("The token is missing or wrong."));
    responses.insert("403".into(), problem("The request came in clear, or was forged."));
    for status in endpoint.errors {
        responses.insert(status.to_string(), problem(meaning(*status)));
    }
    responses.insert("default".into(), json!({ "$ref": "#/components/responses/Problem" }));
    let mut operation = json!({
        "operationId": operation_id(endpoint) + suffix,
        "summary": endpoint.about,
        "responses": responses,
    });
    if endpoint.role == Role::Heartbeat {
        operation["security"] = json!([{ "heartbeat": [] }]);
    }
    if endpoint.access == Access::Write {
        operation["parameters"] = json!([{
            "name": "Breakwater-Request",
            "in": "header",
            "required": false,
            "description": "`1`; a browser has to send it beside `Origin`.",
            "schema": { "type": "string", "const": "1" },
        }]);
    }
    if !endpoint.body.is_empty() {
        let required = endpoint.body.iter().any(|member| member.required);
        operation["requestBody"] = json!({
            "required": required,
            "content": { "application/json": { "schema": object(endpoint.body) } },
        });
    }
    operation
}

/// `ShowUpstreams` becomes `show_upstreams`.
fn operation_id(endpoint: &Endpoint) -> String {
    let mut id = String::new();
    for letter in format!("{:?}", endpoint.operation).chars() {
        if letter.is_uppercase() && !id.is_empty() {
            id.push('_');
        }
        id.extend(letter.to_lowercase());
    }
    id
}

fn object(members: &[Member]) -> Value {
    let mut properties = Map::new();
    for member in members {
        let mut schema = value(member);
        schema["description"] = member.about.into();
        properties.insert(member.name.into(), schema);
    }
    let required: Vec<_> =
        members.iter().filter(|member| member.required).map(|member| member.name).collect();
    let mut object = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        object["required"] = required.into();
    }
    object
}

fn value(member: &Member) -> Value {
    match member.form {
        ValueForm::Text if member.name == "reason" => {
            json!({ "type": "string", "minLength": 1, "maxLength": REASON_MAX })
        }
        ValueForm::Text => json!({ "type": "string" }),
        ValueForm::Duration => json!({ "type": "string", "examples": ["30m"] }),
        ValueForm::Time => json!({ "type": "string", "format": "date-time" }),
        ValueForm::Pattern => json!({ "type": "string", "examples": ["/products/*"] }),
        ValueForm::Override => json!({
            "type": "string",
            "enum": ["forced_open", "forced_closed", "metrics_only", "auto"],
        }),
        ValueForm::Severity => json!({ "type": "string", "enum": ["P0", "P1", "P2", "P3"] }),
        ValueForm::OpenState => json!({
            "type": "string",
            "enum": ["investigating", "identified", "monitoring"],
        }),
        ValueForm::Flag => json!({ "type": "boolean" }),
        ValueForm::Count => json!({ "type": "integer", "minimum": 0 }),
        ValueForm::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        ValueForm::Impacts => json!({
            "type": "object",
            "additionalProperties": {
                "type": "string",
                "enum": ["operational", "degraded_performance", "partial_outage", "major_outage"],
            },
        }),
        ValueForm::List => json!({ "type": "array", "items": { "type": "object" } }),
        ValueForm::Object => json!({ "type": "object" }),
    }
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "upstream": { "type": "string" },
            "retry_after": { "type": "integer" },
            "request_id": { "type": "string" },
        },
    })
}
