use std::{env, fs, process};

use breakwater_origin::Settings;
use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn each_arrival_is_a_line_whatever_becomes_of_it() {
    let path = env::temp_dir().join(format!("breakwater-arrivals-{}", process::id()));
    let settings = Settings { arrivals: Some(path.clone()), ..Settings::default() };
    let server = Server::start_with(settings).await;
    server.fault(json!({"match": "/api/orders", "kind": "reset"})).await;
    server.get("/products/1?ref=a").await;
    let mut client = server.connect().await;
    client.send("POST /api/orders\ncookie: session=ann\nuser-agent: A\tB", "{}").await;
    client.rest().await.unwrap_err();
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let lines: Vec<_> = text.lines().map(|line| line.split_once('\t').unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line.1).collect::<Vec<_>>(),
        ["GET\t/products/1?ref=a\t\t", "POST\t/api/orders\tsession=ann\tA B",]
    );
    let times: Vec<u64> = lines.iter().map(|line| line.0.parse().unwrap()).collect();
    assert!(times.is_sorted() && times[0] > 1_700_000_000_000, "{times:?}");
}
