//! The OpenAPI 3.1 document.

use breakwater_core::site::operator::{
    API, Access, Endpoint, Operation, Placeholder, Role, SESSION_COOKIES, object_schema,
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
        "security": [{ "token": [] }, { "session": [] }, { "access": [] }],
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of an operators' role.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": SESSION_COOKIES[0],
                    "description": "A session, for which a browser has exchanged a token.",
                },
                "access": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Cf-Access-Jwt-Assertion",
                    "description": "What Cloudflare Access puts into requests.",
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
        Placeholder::Subscriber => json!({ "type": "string", "pattern": "^[ew][0-9a-f]{32}$" }),
        Placeholder::Upstream
        | Placeholder::Check
        | Placeholder::Heartbeat
        | Placeholder::Incident
        | Placeholder::Session => json!({ "type": "string" }),
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
    let content = if endpoint.operation == Operation::ShowMetrics {
        let page = json!({ "schema": { "type": "string" } });
        json!({ "application/openmetrics-text": page, "text/plain": page })
    } else {
        json!({ "application/json": { "schema": object_schema(endpoint.answer) } })
    };
    let (status, description) = if endpoint.operation == Operation::Listen {
        ("101", "Each message of the WebSocket that is open then.")
    } else {
        ("200", "It was done, or is shown.")
    };
    responses.insert(status.into(), json!({ "description": description, "content": content }));
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
            } },
        })
    };
    responses.insert("401".into(), problem("Nothing proves who asks."));
    responses.insert(
        "403".into(),
        problem("The role is too low, or the request came in clear or was forged."),
    );
    for status in endpoint.errors {
        responses.insert(status.to_string(), problem(meaning(*status)));
    }
    responses.insert("default".into(), json!({ "$ref": "#/components/responses/Problem" }));
    let mut operation = json!({
        "operationId": endpoint.operation.name().to_owned() + suffix,
        "summary": endpoint.about,
        "responses": responses,
    });
    match endpoint.role {
        Role::Operator(rank) => operation["x-role"] = rank.as_str().into(),
        Role::Heartbeat => operation["security"] = json!([{ "heartbeat": [] }]),
        Role::Anyone => operation["security"] = json!([{ "token": [] }, {}]),
    }
    if endpoint.access != Access::Read {
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
            "content": { "application/json": { "schema": object_schema(endpoint.body) } },
        });
    }
    operation
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
